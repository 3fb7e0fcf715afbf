# A million strings, then one of a hundred of them, then none: what is resident after each. docs/memory.md
import gc
def rss(): return int(open('/proc/self/statm').read().split()[1]) * 4 // 1024
said = [rss()]
all = ['x' * (100 + i % 50) + str(i) for i in range(1000000)]
said.append(rss())
all = [one for i, one in enumerate(all) if i % 100 == 0]
gc.collect()
said.append(rss())
all = None; gc.collect()
said.append(rss())
print(*said, 'MB')
