-- Shared by the scripts that move tasks with rules: what a task holds, how it is parked, and how it gives back what it holds. Behind wake.lua.
-- KEYS 1-10 ready lists, highest priority first; 11 wake; 12 slots taken by concurrency key; 13 parked; 14 parked messages; 15 unique keys;
--      16 ends of unique keys; 17 meta
local function list_of(message) return KEYS[10 - (tonumber(string.sub(message, 33, 33)) or 5)] end

-- Length of the options segment that starts at a byte of a text; 0 when there is none.
local function segment_length(text, at)
  if not string.find(text, '^[+srb]%d%d%d%d', at) then return 0 end
  return 5 + tonumber(string.sub(text, at + 1, at + 4))
end

local function read_options(text, at)
  local length = segment_length(text, at)
  if length == 0 then return nil end
  local known, options = pcall(cjson.decode, string.sub(text, at + 5, at + length - 1))
  if known and type(options) == 'table' then return options end
end

local function options_of(message)
  if string.byte(message, 36) ~= 123 then return read_options(message, 36) end
end

-- The mark before the segment: '+' nothing is granted, 's' holds a slot, 'r' its start was counted by its rate limits, 'b' both.
local function with_mark(message, mark)
  if segment_length(message, 36) > 0 then return string.sub(message, 1, 35) .. mark .. string.sub(message, 37) end
  return string.sub(message, 1, 35) .. mark .. '0002{}' .. string.sub(message, 36)
end

local function holds_slot(message)
  local mark = string.sub(message, 36, 36)
  return mark == 's' or mark == 'b'
end

local function is_expired(options, now)
  local expires = options and tonumber(options.e)
  return expires and expires <= now
end

-- Parked tasks of one bucket are in order of priority, then of age.
local function park(message, bucket)
  local id = string.sub(message, 1, 32)
  local turn = redis.call('HINCRBY', KEYS[17], 'turn', 1)
  local member = bucket .. '\0' .. (9 - (tonumber(string.sub(message, 33, 33)) or 5)) .. string.format('%016.0f', turn) .. id
  redis.call('ZADD', KEYS[13], 0, member)
  redis.call('HSET', KEYS[14], id, string.format('%04d', #member) .. member .. message)
end

-- Member, id and message of the task that is next in a bucket; nothing when the bucket is empty.
local function first_parked(bucket)
  while true do
    local member = redis.call('ZRANGEBYLEX', KEYS[13], '[' .. bucket .. '\0', '(' .. bucket .. '\1', 'LIMIT', 0, 1)[1]
    if not member then return nil end
    local id = string.sub(member, -32)
    local kept = redis.call('HGET', KEYS[14], id)
    if kept then return member, id, string.sub(kept, 5 + tonumber(string.sub(kept, 1, 4))) end
    redis.call('ZREM', KEYS[13], member)
  end
end

local function take_parked(member, id)
  if redis.call('ZREM', KEYS[13], member) == 0 then return false end
  redis.call('HDEL', KEYS[14], id)
  return true
end

-- Takes a parked task out, whatever it waits for. Returns its message; nothing when it is not parked. kinds is the key of those parked by unknown kind.
local function take_kept(id, kinds)
  local kept = redis.call('HGET', KEYS[14], id)
  if not kept then return nil end
  local length = tonumber(string.sub(kept, 1, 4))
  local member = string.sub(kept, 5, 4 + length)
  if not take_parked(member, id) then return nil end
  local kind = string.match(member, '^n:([^%z]*)%z')
  if kind and redis.call('HINCRBY', kinds, kind, -1) <= 0 then redis.call('HDEL', kinds, kind) end
  return string.sub(kept, 5 + length)
end

-- Gives back a slot of a concurrency key: the next parked task of that key takes it and goes to the head of its list.
local function free_slot(key)
  local taken = redis.call('HINCRBY', KEYS[12], key, -1)
  while true do
    local member, id, message = first_parked('c:' .. key)
    if not message then break end
    local options = options_of(message)
    if taken >= (options and tonumber(options.cl) or 1) then break end
    if take_parked(member, id) then
      taken = redis.call('HINCRBY', KEYS[12], key, 1)
      redis.call('LPUSH', list_of(message), with_mark(message, string.sub(message, 36, 36) == 'r' and 'b' or 's'))
      wake_one()
    end
  end
  if taken <= 0 then redis.call('HDEL', KEYS[12], key) end
end

-- Gives back a unique key, if this task still holds it.
local function free_key(options, id)
  if type(options.u) ~= 'string' then return end
  local holder = redis.call('HGET', KEYS[15], options.u)
  if holder and string.sub(holder, 1, 32) == id then
    redis.call('HDEL', KEYS[15], options.u)
    redis.call('ZREM', KEYS[16], options.u)
  end
end

-- A task that a worker held stops running and will run again: only its slot is given back.
local function give_back_slot(options)
  if options and type(options.c) == 'string' then free_slot(options.c) end
end

-- A task that a worker held is over.
local function give_back(options, id)
  if not options then return end
  give_back_slot(options)
  free_key(options, id)
end

-- The result of a task that ends in the broker, without a worker; nothing when nobody needs it. Whoever awaits it or follows the task in a flow is in it.
local function result_of(message, state, error, now, keep)
  local known, body = pcall(cjson.decode, string.sub(message, 36 + segment_length(message, 36)))
  if not known or type(body) ~= 'table' then body = {} end
  if keep ~= '1' and not body.flow and not body.keep then return nil end
  return {
    id = string.sub(message, 1, 32), task = type(body.task) == 'string' and body.task or 'unknown', state = state, error = error,
    attempts = tonumber(body.attempt) or 0, redeliveries = tonumber(string.sub(message, 34, 35)) or 0,
    enqueuedAt = tonumber(body.at) or math.floor(now), finishedAt = math.floor(now), flow = body.flow, keep = body.keep,
  }
end

-- Ends a task that is in no worker's hands: counts it, gives back what it holds, leaves its result.
local function finish(message, state, error, now, results, keep)
  local options, id = options_of(message), string.sub(message, 1, 32)
  redis.call('HINCRBY', KEYS[17], state, 1)
  if options then
    if holds_slot(message) and type(options.c) == 'string' then free_slot(options.c) end
    free_key(options, id)
  end
  local result = result_of(message, state, error, now, keep)
  if result then redis.call('RPUSH', results, cjson.encode(result)) end
end

-- Ends a task that is delayed or parked, as cancelled. K is {delayed, delayed messages, orphaned results, parked by unknown kind}. Returns whether it did.
local function cancel_now(K, id, reason, now, keep)
  local message
  if redis.call('ZREM', K[1], id) == 1 then
    message = redis.call('HGET', K[2], id)
    redis.call('HDEL', K[2], id)
  end
  message = message or take_kept(id, K[4])
  if message then finish(message, 'cancelled', reason, now, K[3], keep) end
  return message and true or false
end
