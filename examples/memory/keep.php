<?php
// A million strings, then one of a hundred of them, then none: what is resident after each. docs/memory.md
function rss() { return intdiv((int) explode(' ', file_get_contents('/proc/self/statm'))[1] * 4, 1024); }
$said = [rss()];
$all = [];
for ($i = 0; $i < 1000000; $i++) $all[] = str_repeat('x', 100 + $i % 50);
$said[] = rss();
foreach ($all as $i => $_) if ($i % 100) unset($all[$i]);
gc_collect_cycles(); gc_mem_caches();
$said[] = rss();
$all = null; gc_mem_caches();
$said[] = rss();
echo implode(' ', $said), " MB\n";
