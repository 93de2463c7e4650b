-- Tells the others who a worker is and which queues it serves. A key that is something else costs what it would hold, and nothing more.
-- KEYS 1 workers; 2 names of all queues
-- ARGV 1 worker; 2 its description as JSON; then its queues
-- Returns 1; the first error when a command was refused
local refused
local function try(...)
  local reply = redis.pcall(...)
  if type(reply) == 'table' and reply.err then refused = refused or reply.err end
end
-- Removing comes first: it is allowed when memory is full, and so is what follows it. A full broker needs workers.
try('HDEL', KEYS[1], ARGV[1])
try('HSET', KEYS[1], ARGV[1], ARGV[2])
for i = 3, #ARGV do try('SADD', KEYS[2], ARGV[i]) end
if refused then return { err = refused } end
return 1
