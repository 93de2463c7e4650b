-- Puts tasks into their ready list or the delayed set, unless their id is remembered.
-- KEYS 1-10 ready lists, highest priority first; 11 delayed; 12 delayed messages; 13 remembered ids; 14 wake
-- ARGV triples: message, delay in ms (0 = ready now), time to remember the id in ms (0 = not at all)
-- Returns one number a task: 1 accepted, 0 duplicate
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local answers, ready, wake, swept = {}, {}, false, false
for i = 1, #ARGV, 3 do
  local message, delay, remember = ARGV[i], tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])
  local id = string.sub(message, 1, 32)
  local fresh = 1
  if remember > 0 then
    if not swept then
      redis.call('ZREMRANGEBYSCORE', KEYS[13], '-inf', now)
      swept = true
    end
    fresh = redis.call('ZADD', KEYS[13], 'NX', string.format('%.0f', now + remember), id)
  end
  if fresh == 1 then
    if delay > 0 then
      local due = now + delay
      local first = redis.call('ZRANGE', KEYS[11], 0, 0, 'WITHSCORES')
      redis.call('ZADD', KEYS[11], string.format('%.0f', due), id)
      redis.call('HSET', KEYS[12], id, message)
      -- Only a new earliest task changes when somebody has to wake up.
      if not first[2] or tonumber(first[2]) > due then wake = true end
    else
      local slot = 10 - (tonumber(string.sub(message, 33, 33)) or 5)
      local list = ready[slot]
      if not list then
        list = {}
        ready[slot] = list
      end
      list[#list + 1] = message
      wake = true
    end
  end
  answers[#answers + 1] = fresh
end
for slot = 1, 10 do
  local list = ready[slot]
  if list then
    for from = 1, #list, 500 do
      redis.call('RPUSH', KEYS[slot], unpack(list, from, math.min(from + 499, #list)))
    end
  end
end
if wake and redis.call('LLEN', KEYS[14]) < 16 then redis.call('RPUSH', KEYS[14], '1') end
return answers
