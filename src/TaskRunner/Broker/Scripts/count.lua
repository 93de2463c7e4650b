-- Makes a list as long as the number of tasks that are ready or running, for an autoscaler that measures lists.
-- KEYS 1-10 ready lists; 11 the list to make; 12- in-flight hashes of the workers with a lease
-- ARGV 1 greatest length; 2 seconds until the list is forgotten
-- Returns its length
local tasks = 0
for i = 1, 10 do tasks = tasks + redis.call('LLEN', KEYS[i]) end
for i = 12, #KEYS do tasks = tasks + redis.call('HLEN', KEYS[i]) end
tasks = math.min(tasks, tonumber(ARGV[1]))
if tasks == 0 then
  redis.call('DEL', KEYS[11])
  return 0
end
-- Removing comes first: it is allowed when memory is full, and so is what follows it.
redis.call('LTRIM', KEYS[11], 0, tasks - 1)
local length = redis.call('LLEN', KEYS[11])
while length < tasks do
  local more = {}
  for i = 1, math.min(1000, tasks - length) do more[i] = '1' end
  length = redis.call('RPUSH', KEYS[11], unpack(more))
end
redis.call('EXPIRE', KEYS[11], ARGV[2])
return tasks
