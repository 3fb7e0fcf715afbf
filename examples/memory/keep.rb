# A million strings, then one of a hundred of them, then none: what is resident after each. docs/memory.md
def rss = File.read('/proc/self/statm').split[1].to_i * 4 / 1024
said = [rss]
all = Array.new(1_000_000) { |i| 'x' * (100 + i % 50) }
said << rss
all = all.each_slice(100).map(&:first)
GC.start
said << rss
all = nil; GC.start
said << rss
puts "#{said.join(' ')} MB"
