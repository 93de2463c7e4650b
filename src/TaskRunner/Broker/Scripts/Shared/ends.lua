-- How tasks end in the broker, without a worker, and the results that they leave. Concatenated after holdings.lua.

-- Under which id a dead set keeps a message: its own in lower case or, when it has none or another message has it, a digest. K as in dead_set.lua.
local function dead_id(K, id, message)
  if is_id(id) then return id end
  local lower = string.lower(id)
  local other = is_id(lower) and ask('HGET', K[2], lower)
  if is_id(lower) and (not other or other == message) then return lower end
  return string.sub(redis.sha1hex(message), 1, 32)
end

-- The result of a task that ends in the broker, as JSON; nothing when nobody needs it, or when its id cannot be read. Whoever awaits it or follows the task
-- in a flow is in it. Every figure is bounded: what a producer wrote may be no number at all. more holds further fields.
local function result_of(message, state, error, now, keep, more)
  local id = string.lower(string.sub(message, 1, 32))
  if not is_id(id) then return nil end
  local body = body_of(message)
  local flow = type(body.flow) == 'string' and is_utf8(body.flow) and body.flow or nil
  local kept = type(body.keep) == 'number' and body.keep > 0 and math.floor(math.min(body.keep, 604800000)) or nil
  if keep ~= '1' and not flow and not kept then return nil end
  local at = type(body.at) == 'number' and body.at >= 0 and body.at < 1e13 and math.floor(body.at) or math.floor(now)
  local result = {
    id = id, task = is_key(body.task) and is_utf8(body.task) and body.task or 'unknown', state = state, error = error,
    attempts = is_whole(body.attempt, 0, 1000000) and body.attempt or 0, redeliveries = tonumber(string.match(message, '^%d%d', 34)) or 0,
    enqueuedAt = at, finishedAt = math.floor(now), flow = flow, keep = kept,
  }
  if more then
    result.attempts = result.attempts + (more.attempts or 0)
    result.worker = more.worker
  end
  return cjson.encode(result)
end

-- Leaves a result; nothing to leave is fine.
local function leave_result(results, result)
  if result and result ~= '' then change({ 'RPOP', results }, 'RPUSH', results, result) end
end

-- Ends a task that is in no worker's hands: counts it, gives back what it holds, leaves its result.
local function finish(message, state, error, now, results, keep)
  local options, id = options_of(message), string.sub(message, 1, 32)
  leave_result(results, result_of(message, state, error, now, keep))
  count_end(state)
  if options then
    if holds_slot(message, options) then free_slot(options.c) end
    free_key(options, id)
  end
end

-- Ends a task that is delayed or parked, as cancelled. K is {delayed, delayed messages, orphaned results, parked by unknown kind}. Returns whether it did.
local function cancel_now(K, id, reason, now, keep)
  local due, message = ask('ZSCORE', K[1], id), nil
  if due then
    message = ask('HGET', K[2], id)
    change({ 'ZADD', K[1], due, id }, 'ZREM', K[1], id)
    if message then change({ 'HSET', K[2], id, message }, 'HDEL', K[2], id) end
  end
  message = message or take_kept(id, K[4])
  if message then finish(message, 'cancelled', reason, now, K[3], keep) end
  return message and true or false
end
