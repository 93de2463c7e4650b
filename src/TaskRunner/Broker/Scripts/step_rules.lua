-- How step.lua treats tasks that are not plain, limits, and refusals of the server. Concatenated after unreadable.lua and rates.lua; KEYS and ARGV as in step.lua.
-- answer is what the script will return; cancels tells whether there are cancelled ids; now() is the time.
local dead_set = { KEYS[27], KEYS[28], KEYS[29], KEYS[30] }

-- A finished task, if the worker holds it. Returns why the server refused; nothing when it did not.
local function settle(id, result, options)
  local was_cancelled
  local done, held = attempt(function()
    if not take_held(KEYS[22], id) then return false end
    was_cancelled = cancels and take_mark(KEYS[25], id)
    if was_cancelled then
      -- The cancellation was accepted before the task ended: that is what counts.
      result = string.gsub(result, '"state":"succeeded"', '"state":"cancelled"', 1)
      count_end('cancelled')
    end
    leave_result(KEYS[24], result)
    if options ~= '' then give_back((read_options(options, 1)), id) end
    return true
  end)
  if not done then return failure(held) end
  keep()
  if held then answer[3] = answer[3] + 1 end
  if was_cancelled then answer[6] = answer[6] + 1 end
end

-- One message that is booked on the worker: what the worker gets, or nothing when it ended or was parked; then the place in the answer where that counts.
local function judge(message, limits)
  local id, time = string.sub(message, 1, 32), now()
  local options, broken = options_of(message)
  broken = header_fault(message) or broken
  if broken then error(broken, 0) end
  if cancels and take_mark(KEYS[25], id) then
    take_held(KEYS[22], id)
    finish(message, 'cancelled', 'It was cancelled before it started.', time, KEYS[24], ARGV[3])
    return nil, 6
  end
  if is_expired(options, time) then
    take_held(KEYS[22], id)
    finish(message, 'expired', 'It expired before it started.', time, KEYS[24], ARGV[3])
    return nil, 5
  end
  local slot, counted = holds_slot(message, options), options and string.find(message, '^[rb]', 36)
  local buckets = counted and {} or buckets_of(message, options, limits)
  if #buckets > 0 and park_by_rate(without_grants(message), buckets, time) then
    take_held(KEYS[22], id)
    if slot then free_slot(options.c) end
    return nil
  end
  if options and options.c and not slot then
    local count = slots_taken(options.c)
    if count >= (options.cl or 1) then
      -- A start that its rate limits counted stays counted.
      park(with_mark(message, counted and 'r' or '+'), 'c:' .. options.c)
      take_held(KEYS[22], id)
      return nil
    end
    set_slots(options.c, count, count + 1)
    local marked = with_mark(message, counted and 'b' or 's')
    change({ 'HSET', KEYS[22], id, message }, 'HSET', KEYS[22], id, marked)
    message = marked
  end
  for _, bucket in ipairs(buckets) do count_starts(bucket, 1, time) end
  if options and options.um == 'start' then free_key(options, id) end
  return message
end

-- A copy of a task that the worker holds: it takes no slot, and gives back the one that it had been given.
local function drop(message)
  local options = options_of(message)
  if holds_slot(message, options) then free_slot(options.c) end
end

-- A message that is booked and cannot be read.
local function bury(message, why)
  take_held(KEYS[22], string.sub(message, 1, 32))
  bury_unreadable(dead_set, message, why, now(), KEYS[24], ARGV[3])
end

-- One that is not booked, since another message has its id.
local function bury_copy(message, why) bury_unreadable(dead_set, message, why, now(), KEYS[24], ARGV[3]) end

-- Judges the messages of one pop; those that the worker does not get leave the answer, where they begin behind a place. odd holds the places of those that are
-- not plain and not yet booked; has_copies tells that of those which are booked some have one id. Returns why the server refused; nothing when it did not.
local function take(popped, odd, has_copies, at, limits)
  local messages, kept, seen, before = popped[2], {}, {}, {}
  popped.copies, popped.booked, popped.mark = {}, {}, #undo
  for i = 7, has_copies and at or 0 do before[string.sub(answer[i], 1, 32)] = answer[i] end
  for _, i in ipairs(odd) do kept[i] = false end
  for i = has_copies and #messages or 0, 1, -1 do
    if kept[i] == nil then
      -- The last of them is the one that is booked.
      local id = string.sub(messages[i], 1, 32)
      if before[id] then
        -- The one that came in an earlier pop of this script stays booked: it has what was granted to it.
        local booked = redis.pcall('HSET', KEYS[22], id, before[id])
        if type(booked) == 'table' then return booked end
      end
      if seen[id] or before[id] then popped.copies[i] = is_id(id) and 'plain' or 'unreadable' end
      seen[id] = true
    end
  end
  for _, i in ipairs(odd) do
    local booked = redis.pcall('HSETNX', KEYS[22], string.sub(messages[i], 1, 32), messages[i])
    if type(booked) == 'table' then return booked end
    popped.booked[i] = booked == 1
    if booked == 0 then popped.copies[i] = header_fault(messages[i]) and 'unreadable' or 'drop' end
    kept[i] = true
  end
  for i, message in ipairs(messages) do
    local copy = popped.copies[i]
    if copy == 'plain' then
      kept[i] = false
    elseif kept[i] == nil and not copy then
      kept[i] = message
    else
      local action = copy == 'unreadable' and bury_copy or copy == 'drop' and drop or judge
      local done, result, place = attempt(action, message, copy and header_fault(message) or limits)
      if not done then
        if is_refusal(result) then return failure(result) end
        local why = result
        done, result = attempt(copy and bury_copy or bury, message, why)
        if not done then return failure(result) end
        result = nil
      end
      kept[i] = not copy and result or false
      if place then answer[place] = answer[place] + 1 end
    end
  end
  local last = at
  for i = 1, #messages do
    if kept[i] then
      last = last + 1
      answer[last] = kept[i]
    end
  end
  for i = #answer, last + 1, -1 do answer[i] = nil end
end

-- Which messages of a pop this script booked itself: true, false, or nil where some of a chunk were held before and only the worker can tell which.
local function booked_of(popped)
  local booked, odd, plain = {}, {}, {}
  for _, i in ipairs(popped.odd or {}) do
    odd[i] = true
    booked[i] = popped.booked and popped.booked[i] or false
  end
  for i = 1, #popped[2] do
    if not odd[i] then plain[#plain + 1] = i end
  end
  for at, i in ipairs(plain) do
    local first = at - 1 - (at - 1) % 500
    local new = popped.chunks[first / 500 + 1]
    booked[i] = type(new) == 'number'
    if booked[i] and new < math.min(500, #plain - first) then booked[i] = nil end
  end
  return booked
end

-- The server refused: everything goes back to where it was. What was dropped or is dead by then has its place. Where a copy of a task that the worker held
-- before may be among plain ones, they stay booked: the worker asks what it holds after a refusal.
local function put_back(taken)
  for t = #taken, 1, -1 do
    -- One pop after the other, the last one first: what one of them had put at the head of a list may be what the next one took from there.
    for i = #undo, taken[t].mark and taken[t].mark + 1 or #undo + 1, -1 do
      redis.pcall(unpack(undo[i]))
      undo[i] = nil
    end
    local messages, copies, booked = taken[t][2], taken[t].copies or {}, booked_of(taken[t])
    for i = #messages, 1, -1 do
      if booked[i] ~= nil then redis.pcall('LPUSH', taken[t][1], messages[i]) end
      if booked[i] and not copies[i] then redis.pcall('HDEL', KEYS[22], string.sub(messages[i], 1, 32)) end
    end
  end
end

-- How many starts the rate limit of the queue allows now.
local function startable(queue, want)
  return math.max(0, math.min(want, math.floor((now() + queue.ahead - math.max(next_start(queue, now()), now())) / queue.interval) + 1))
end

local function count(queue, starts)
  local done, why = attempt(count_starts, queue, starts, now())
  if not done then return failure(why) end
end

return {
  take = take, put_back = put_back, limits_of = limits_of, bucket_of = bucket_of, startable = startable, count = count, closed_until = closed_until, settle = settle,
}
