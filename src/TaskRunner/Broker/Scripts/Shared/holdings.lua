-- What tasks hold, slots and unique keys, and the parked ones that wait for it. Concatenated after rules.lua, whose KEYS it uses.

-- A figure for people: one that cannot be counted costs no task.
local function count_end(state)
  if type(redis.pcall('HINCRBY', KEYS[17], state, 1)) == 'number' then undo[#undo + 1] = { 'HINCRBY', KEYS[17], state, -1 } end
end

-- Member and message of a parked task as they are kept; nothing for what is not of that form.
local function read_kept(kept)
  local length = tonumber(string.match(kept, '^%d%d%d%d'))
  if length then return string.sub(kept, 5, 4 + length), string.sub(kept, 5 + length) end
end

-- Parks a task in a bucket, in the order of priority, then of age. A copy of one that is parked already is dropped. Returns whether it was parked.
local function park(message, bucket)
  local id = string.sub(message, 1, 32)
  local old = ask('HGET', KEYS[14], id)
  local place = old and read_kept(old)
  if place and ask('ZSCORE', KEYS[13], place) then return false end
  local turn = ask('HINCRBY', KEYS[17], 'turn', 1)
  local member = bucket .. '\0' .. (9 - (tonumber(string.match(message, '^%d', 33)) or 5)) .. string.format('%016.0f', turn) .. id
  change(old and { 'HSET', KEYS[14], id, old } or { 'HDEL', KEYS[14], id }, 'HSET', KEYS[14], id, string.format('%04d', #member) .. member .. message)
  change({ 'ZREM', KEYS[13], member }, 'ZADD', KEYS[13], 0, member)
  return true
end

-- Member, id and message of the task that is next in a bucket; nothing when the bucket is empty.
local function first_parked(bucket)
  while true do
    local member = ask('ZRANGEBYLEX', KEYS[13], '[' .. bucket .. '\0', '(' .. bucket .. '\1', 'LIMIT', 0, 1)[1]
    if not member then return nil end
    local id = string.sub(member, -32)
    local kept = ask('HGET', KEYS[14], id)
    if kept then
      local place, message = read_kept(kept)
      if place == member then return member, id, message end
    end
    -- Its task is elsewhere.
    ask('ZREM', KEYS[13], member)
  end
end

local function take_parked(member, id)
  local kept = ask('HGET', KEYS[14], id)
  change({ 'ZADD', KEYS[13], 0, member }, 'ZREM', KEYS[13], member)
  if kept then change({ 'HSET', KEYS[14], id, kept }, 'HDEL', KEYS[14], id) end
end

-- Counts parked tasks of a kind that no worker knew, more or fewer. kinds is their key.
local function count_kind(kinds, kind, more)
  local old = ask('HGET', kinds, kind)
  local count = count_of(old) + more
  local back = old and { 'HSET', kinds, kind, old } or { 'HDEL', kinds, kind }
  if count > 0 then change(back, 'HSET', kinds, kind, string.format('%.0f', count)) elseif old then change(back, 'HDEL', kinds, kind) end
end

-- Takes a parked task out, whatever it waits for. Returns its message; nothing when it is not parked. kinds is the key of those parked by unknown kind.
local function take_kept(id, kinds)
  local kept = ask('HGET', KEYS[14], id)
  local member, message
  if kept then member, message = read_kept(kept) end
  if not member or not ask('ZSCORE', KEYS[13], member) then return nil end
  take_parked(member, id)
  local kind = string.match(member, '^n:([^%z]*)%z')
  if kind then count_kind(kinds, kind, -1) end
  return message
end

local function slots_taken(key) return count_of(ask('HGET', KEYS[12], key)) end

local function set_slots(key, from, to)
  if from == to then return end
  local back = from > 0 and { 'HSET', KEYS[12], key, string.format('%.0f', from) } or { 'HDEL', KEYS[12], key }
  if to > 0 then change(back, 'HSET', KEYS[12], key, string.format('%.0f', to)) else change(back, 'HDEL', KEYS[12], key) end
end

local function to_head(message)
  local list = list_of(message)
  change({ 'LPOP', list }, 'LPUSH', list, message)
end

-- Gives back a slot of a concurrency key: the next parked task of that key takes it and goes to the head of its list.
local function free_slot(key)
  local before = slots_taken(key)
  local taken = math.max(0, before - 1)
  while true do
    local member, id, message = first_parked('c:' .. key)
    if not message then break end
    local options, broken = options_of(message)
    if broken then
      -- Whoever fetches it sees that it cannot be read.
      take_parked(member, id)
      to_head(without_grants(message))
    else
      if taken >= (options and options.cl or 1) then break end
      take_parked(member, id)
      taken = taken + 1
      to_head(with_mark(message, string.byte(message, 36) == 114 and 'b' or 's'))
    end
    wake_one()
  end
  set_slots(key, before, taken)
end

-- Whether a task that is ready holds a slot: it says so, and slots of its key are taken.
local function holds_slot(message, options)
  return options ~= nil and options.c ~= nil and string.find(message, '^[sb]', 36) ~= nil and slots_taken(options.c) > 0
end

-- Gives back a unique key, if this task still holds it.
local function free_key(options, id)
  if not options.u then return end
  local holder = ask('HGET', KEYS[15], options.u)
  if holder and string.sub(holder, 1, 32) == id then
    local till = ask('ZSCORE', KEYS[16], options.u)
    change({ 'HSET', KEYS[15], options.u, holder }, 'HDEL', KEYS[15], options.u)
    if till then change({ 'ZADD', KEYS[16], till, options.u }, 'ZREM', KEYS[16], options.u) end
  end
end

-- A task that a worker held stops running and will run again: only its slot is given back.
local function give_back_slot(options)
  if options and options.c then free_slot(options.c) end
end

-- A task that a worker held is over.
local function give_back(options, id)
  if not options then return end
  give_back_slot(options)
  free_key(options, id)
end

-- Takes a mark of a cancelled task away. Returns whether there was one.
local function take_mark(marks, id)
  local till = ask('ZSCORE', marks, id)
  if not till then return false end
  change({ 'ZADD', marks, till, id }, 'ZREM', marks, id)
  return true
end

-- Takes a task out of its worker's hands. Returns its message; nothing when that worker does not hold it.
local function take_held(held, id)
  local message = ask('HGET', held, id)
  if message then change({ 'HSET', held, id, message }, 'HDEL', held, id) end
  return message
end
