-- Ends a worker's sleep, now or the next one.
-- KEYS 1 the worker's recall list
-- ARGV 1 how long the recall is kept, in s
-- Returns 1
-- Removing comes first: it is allowed when memory is full, and so is what follows it.
redis.call('DEL', KEYS[1])
redis.call('RPUSH', KEYS[1], '1')
redis.call('EXPIRE', KEYS[1], ARGV[1])
return 1
