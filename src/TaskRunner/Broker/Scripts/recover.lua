-- Takes back what a worker with an expired lease holds: to the head of the lists with one redelivery more, or to the
-- dead set when a task has taken down too many workers.
-- KEYS 1-10 ready lists, highest priority first; 11 leases; 12 the dead worker's in-flight hash; 13 wake; 14 dead; 15 dead messages;
--      16 dead reasons; 17 the dead worker's results; 18 orphaned results
-- ARGV 1 the dead worker; 2 redeliveries allowed; 3 reason for the dead set as JSON; 4 how many dead tasks are kept; 5 error text; 6 '1' = keep results
-- Returns {recovered, buried}, {-1} when the lease is alive or somebody else recovered it
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local lease = redis.call('ZSCORE', KEYS[11], ARGV[1])
if not lease or tonumber(lease) >= now then return {-1} end
if redis.call('ZREM', KEYS[11], ARGV[1]) == 0 then return {-1} end
local held = redis.call('HGETALL', KEYS[12])
local messages, buried = {}, 0
for i = 2, #held, 2 do messages[#messages + 1] = held[i] end
table.sort(messages, function(a, b) return a > b end)
for _, message in ipairs(messages) do
  local id = string.sub(message, 1, 32)
  local redeliveries = (tonumber(string.sub(message, 34, 35)) or 0) + 1
  local counted = string.sub(message, 1, 33) .. string.format('%02d', math.min(redeliveries, 99)) .. string.sub(message, 36)
  if redeliveries > tonumber(ARGV[2]) then
    buried = buried + 1
    redis.call('ZADD', KEYS[14], string.format('%.0f', now), id)
    redis.call('HSET', KEYS[15], id, counted)
    redis.call('HSET', KEYS[16], id, ARGV[3])
    local known, envelope = pcall(cjson.decode, string.sub(message, 36))
    if not known or type(envelope) ~= 'table' then envelope = {} end
    if ARGV[6] == '1' or envelope.flow or envelope.keep then
      redis.call('RPUSH', KEYS[18], cjson.encode({
        id = id, task = envelope.task or 'unknown', state = 'dead', error = ARGV[5],
        attempts = (tonumber(envelope.attempt) or 0) + 1, redeliveries = redeliveries, worker = ARGV[1],
        enqueuedAt = tonumber(envelope.at) or now, finishedAt = now, flow = envelope.flow, keep = envelope.keep,
      }))
    end
  else
    redis.call('LPUSH', KEYS[10 - (tonumber(string.sub(message, 33, 33)) or 5)], counted)
  end
end
redis.call('DEL', KEYS[12])
while redis.call('LMOVE', KEYS[17], KEYS[18], 'LEFT', 'RIGHT') do end
local surplus = redis.call('ZCARD', KEYS[14]) - tonumber(ARGV[4])
if surplus > 0 then
  for _, id in ipairs(redis.call('ZRANGE', KEYS[14], 0, surplus - 1)) do
    redis.call('ZREM', KEYS[14], id)
    redis.call('HDEL', KEYS[15], id)
    redis.call('HDEL', KEYS[16], id)
  end
end
if #messages > buried and redis.call('LLEN', KEYS[13]) < 16 then redis.call('RPUSH', KEYS[13], '1') end
return {#messages - buried, buried}
