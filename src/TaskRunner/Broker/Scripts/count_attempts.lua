-- Counts attempts of a worker for the retry budget of a queue.
-- KEYS 1 retry budget
-- ARGV 1 how many; 2 window of the budget in ms
-- Returns the count of the present slice, a tenth of the window
local time = redis.call('TIME')
local slice = math.floor((time[1] * 1000 + math.floor(time[2] / 1000)) * 10 / tonumber(ARGV[2]))
-- Removing comes first: it is allowed when memory is full, and so is what follows it. The slice has left the window.
local old = string.format('%.0f', slice - 10)
redis.call('HDEL', KEYS[1], 'a' .. old, 'r' .. old)
local count = redis.call('HINCRBY', KEYS[1], 'a' .. string.format('%.0f', slice), ARGV[1])
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', tonumber(ARGV[2]) * 2))
return count
