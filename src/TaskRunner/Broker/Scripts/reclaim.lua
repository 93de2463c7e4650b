-- Tells what a worker holds, once and for all: fetches of an older generation take nothing from now on.
-- KEYS 1 the worker's fetch generation; 2 its in-flight hash
-- ARGV 1 generation; 2 how long it is remembered, in s
-- Returns the ids
-- Removing comes first: it is allowed when memory is full, and so is what follows it.
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return redis.call('HKEYS', KEYS[2])
