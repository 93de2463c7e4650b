-- Redis does not roll a script back when a command fails half way, so the scripts do it themselves: each write notes the command that takes it back.
local undo = {}

-- A command that may be refused: a key of a wrong type, full memory. The mark tells it from a fault of the script itself; Redis makes a text of each error.
local REFUSED = 'refused: '
local function ask(...)
  local reply = redis.pcall(...)
  if type(reply) == 'table' and reply.err then error(REFUSED .. reply.err, 0) end
  return reply
end

-- A write, and the command that takes it back.
local function change(back, ...)
  local reply = ask(...)
  undo[#undo + 1] = back
  return reply
end

-- Does all of it or nothing. Returns whether it did, and what the action returned or why it failed.
local function attempt(action, ...)
  local from = #undo
  local done, reply, more = pcall(action, ...)
  if not done then
    for i = #undo, from + 1, -1 do
      redis.pcall(unpack(undo[i]))
      undo[i] = nil
    end
  end
  return done, reply, more
end

-- What is done so far stays done.
local function keep()
  for i = #undo, 1, -1 do undo[i] = nil end
end

-- Whether the server refused a command. Everything else is the fault of the message at hand.
local function is_refusal(reason) return type(reason) == 'string' and string.sub(reason, 1, #REFUSED) == REFUSED end

-- The error that a script answers with.
local function failure(reason)
  local text = is_refusal(reason) and string.sub(reason, #REFUSED + 1) or 'ERR ' .. tostring(reason)
  return { err = (string.gsub(text, '%c', ' ')) }
end

-- A whole script that is done or not done.
local function whole(action)
  local done, reply = attempt(action)
  if done then return reply end
  return failure(reply)
end
