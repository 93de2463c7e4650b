-- Counts up with a long pause between reading and writing: scripts that run at the same time lose counts.
-- KEYS 1 the counter, which is gone a minute after its last use
-- ARGV 1 length of the pause in reads
-- Returns the new count
local count = tonumber(redis.call('GET', KEYS[1]) or '0') + 1
for _ = 1, tonumber(ARGV[1]) do redis.call('GET', KEYS[1]) end
redis.call('SET', KEYS[1], string.format('%.0f', count), 'EX', '60')
return count
