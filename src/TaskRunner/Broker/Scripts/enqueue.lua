-- Puts tasks into their ready list or the delayed set, unless their id is remembered or their unique key is held. All of them or, with an error, none.
-- KEYS 1-17 as in rules.lua; 18 delayed; 19 delayed messages; 20 remembered ids; 21 cancelled ids; 22 orphaned results;
--      23 parked by unknown kind
-- ARGV 1 '1' = keep results; 2 ms for which a cancellation is remembered; then pairs: message, how ('' = now and nothing more, else
--   'delay/remember id/expires/conflict/hold of the unique key', all in ms, 0 = not; conflict is 'reject' or 'replace')
-- Returns one number a task: 1 accepted, 0 duplicate, 2 its unique key is held by another task
local answers, lists, used, wake = {}, {}, 0, false

local function add(message)
  local slot = 10 - (tonumber(string.match(message, '^%d', 33)) or 5)
  local list = lists[slot]
  if not list then
    list, used = {}, used + 1
    lists[slot] = list
  end
  list[#list + 1] = message
end

local is_plain = true
for i = 3, #ARGV, 2 do
  if ARGV[i + 1] == '' then
    add(ARGV[i])
    answers[#answers + 1] = 1
  else
    is_plain = false
    break
  end
end
if is_plain and used == 1 and #answers <= 500 then
  local slot, list = next(lists)
  redis.call('RPUSH', KEYS[slot], unpack(list))
  wake_one()
  return answers
end

lists, answers = {}, {}
local accept, attempt, change, failure = with_rules(add)
local done, why = attempt(function()
  for i = 3, #ARGV, 2 do
    local answer, wakes = 1, true
    if ARGV[i + 1] == '' then add(ARGV[i]) else answer, wakes = accept(ARGV[i], ARGV[i + 1]) end
    answers[#answers + 1] = answer
    wake = wake or wakes
  end
  for slot = 1, 10 do
    local list = lists[slot] or {}
    for from = 1, #list, 500 do
      local last = math.min(from + 499, #list)
      change({ 'RPOP', KEYS[slot], last - from + 1 }, 'RPUSH', KEYS[slot], unpack(list, from, last))
    end
  end
end)
if not done then return failure(why) end
if wake then wake_one() end
return answers
