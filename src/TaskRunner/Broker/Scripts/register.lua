-- Tells the others who a worker is and which queues it serves.
-- KEYS 1 workers; 2 names of all queues
-- ARGV 1 worker; 2 its description as JSON; then its queues
-- Returns 1
-- Removing comes first: it is allowed when memory is full, and so is what follows it. A full broker needs workers.
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
for i = 3, #ARGV do redis.call('SADD', KEYS[2], ARGV[i]) end
return 1
