-- Takes or renews a worker's lease, adopts results that dead workers left, and reports what a worker has to look after.
-- When the clock of the server has jumped, the leases of all workers are moved by the same step: a jump alone ends no lease.
-- KEYS 1 leases; 2 orphaned results; 3 the worker's results; 4 the worker's in-flight hash; 5 cancelled ids; 6 parked by unknown kind; 7 holders
-- ARGV 1 worker; 2 lease in ms; 3 '1' = take a new lease, '0' = renew the one held; 4 '1' = look for holders without a lease;
--   with a renewal also, by the worker's own clock: 5 ms since it last tried to renew; 6 ms since it last did
-- Returns {0} when the lease to renew is lost, else {1, adopted results, {worker with an expired lease, ...}, {id that it holds and that is cancelled, ...},
--   1 = tasks are parked that their workers did not know, ms by which the clock jumped}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local lease = tonumber(ARGV[2])
local score = redis.call('ZSCORE', KEYS[1], ARGV[1])
if ARGV[3] == '0' and not score then return { 0 } end

local function set(worker, till) return redis.pcall('ZADD', KEYS[1], string.format('%.0f', till), worker) end

-- How long the lease of any worker lasts. One of an older version did not say.
local function lease_of(worker) return tonumber(redis.call('HGET', KEYS[7], worker) or nil) or math.max(lease, 600000) end

if ARGV[3] == '1' then
  -- Removing comes first: it is allowed when memory is full, and so is what follows it.
  redis.call('ZREM', KEYS[1], ARGV[1])
  redis.call('HSET', KEYS[7], ARGV[1], ARGV[2])
end
if type(set(ARGV[1], now + lease)) ~= 'number' then
  redis.call('ZREM', KEYS[1], ARGV[1])
  redis.call('ZADD', KEYS[1], string.format('%.0f', now + lease), ARGV[1])
end

local jump = 0
if ARGV[3] == '1' then
  -- The clock was set back while nobody was here to see it.
  local ahead = redis.call('ZRANGEBYSCORE', KEYS[1], string.format('(%.0f', now + lease), '+inf', 'WITHSCORES', 'LIMIT', 0, 100)
  for i = 1, #ahead, 2 do
    local own = lease_of(ahead[i])
    if tonumber(ahead[i + 1]) > now + own + 1000 then set(ahead[i], now + own) end
  end
elseif ARGV[6] then
  -- The server's clock and the worker's go on alike, or one has jumped. If this is the worker's, the others see no jump.
  local since, least, most = now - (tonumber(score) - lease), tonumber(ARGV[5]), tonumber(ARGV[6])
  if since < least - lease / 2 or since > most + lease / 2 then
    jump = since - least
    local all = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
    for i = 1, #all, 2 do
      if all[i] ~= ARGV[1] then set(all[i], math.min(tonumber(all[i + 1]) + jump, now + lease_of(all[i]))) end
    end
  end
end
if ARGV[4] == '1' then
  -- Whoever holds something and has no lease gets one: if it lives it renews it, if not it is recovered.
  local some = redis.call('HRANDFIELD', KEYS[7], 16)
  if some and some[1] then
    local scores = redis.call('ZMSCORE', KEYS[1], unpack(some))
    for i = 1, #some do
      if not scores[i] then set(some[i], now + lease_of(some[i])) end
    end
  end
end

local adopted, cancelled, kinds = 0, {}, 0
-- Three rare things to look after, and one command to see that there is none of them.
if redis.call('EXISTS', KEYS[2], KEYS[5], KEYS[6]) > 0 then
  while adopted < 1000 and redis.call('LMOVE', KEYS[2], KEYS[3], 'LEFT', 'RIGHT') do adopted = adopted + 1 end
  for _, old in ipairs(redis.call('ZRANGEBYSCORE', KEYS[5], '-inf', now, 'LIMIT', 0, 1000)) do redis.call('ZREM', KEYS[5], old) end
  local held = redis.call('EXISTS', KEYS[5]) == 1 and redis.call('HKEYS', KEYS[4]) or {}
  for from = 1, #held, 500 do
    local last = math.min(from + 499, #held)
    local marks = redis.call('ZMSCORE', KEYS[5], unpack(held, from, last))
    for i = from, last do
      if marks[i - from + 1] then cancelled[#cancelled + 1] = held[i] end
    end
  end
  kinds = redis.call('EXISTS', KEYS[6])
end
local over = string.format('%.0f', now - 1)
local expired = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', over, 'LIMIT', 0, 9)
if #expired > 8 then
  -- Eight of them, at random: those that cannot be recovered must not hide the others.
  local from = tonumber(time[2]) % (redis.call('ZCOUNT', KEYS[1], '-inf', over) - 7)
  expired = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', over, 'LIMIT', string.format('%.0f', from), 8)
end
return { 1, adopted, expired, cancelled, kinds, math.floor(jump) }
