-- Moves delayed tasks that are due to their ready lists.
-- KEYS 1-10 ready lists, highest priority first; 11 delayed; 12 delayed messages; 13 wake
-- ARGV 1 how many at most
-- Returns {promoted, ms until the next one is due (-1 = none)}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local promoted = 0
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[11], '-inf', string.format('%.0f', now), 'LIMIT', 0, ARGV[1])) do
  if redis.call('ZREM', KEYS[11], id) == 1 then
    local message = redis.call('HGET', KEYS[12], id)
    if message then
      redis.call('HDEL', KEYS[12], id)
      redis.call('RPUSH', KEYS[10 - (tonumber(string.sub(message, 33, 33)) or 5)], message)
      promoted = promoted + 1
    end
  end
end
if promoted > 0 and redis.call('LLEN', KEYS[13]) < 16 then redis.call('RPUSH', KEYS[13], '1') end
local first = redis.call('ZRANGE', KEYS[11], 0, 0, 'WITHSCORES')
if not first[2] then return {promoted, -1} end
return {promoted, math.max(0, tonumber(first[2]) - now)}
