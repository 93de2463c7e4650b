-- Puts tasks into their ready list or the delayed set, unless their id is remembered or their unique key is held.
-- KEYS 1-17 as in rules.lua; 18 delayed; 19 delayed messages; 20 remembered ids; 21 cancelled ids; 22 orphaned results;
--      23 parked by unknown kind
-- ARGV 1 '1' = keep results; 2 ms for which a cancellation is remembered; then pairs: message, how ('' = now and nothing more, else
--   'delay/remember id/expires/conflict/hold of the unique key', all in ms, 0 = not; conflict is 'reject' or 'replace')
-- Returns one number a task: 1 accepted, 0 duplicate, 2 its unique key is held by another task
local answers, ready, wake, accept = {}, {}, false, nil

local function add(message)
  local slot = 10 - (tonumber(string.sub(message, 33, 33)) or 5)
  local list = ready[slot]
  if not list then
    list = {}
    ready[slot] = list
  end
  list[#list + 1] = message
end

for i = 3, #ARGV, 2 do
  local answer, wakes = 1, true
  if ARGV[i + 1] == '' then
    add(ARGV[i])
  else
    accept = accept or with_rules(add)
    answer, wakes = accept(ARGV[i], ARGV[i + 1])
  end
  answers[#answers + 1] = answer
  wake = wake or wakes
end
for slot = 1, 10 do
  local list = ready[slot]
  if list then
    for from = 1, #list, 500 do
      redis.call('RPUSH', KEYS[slot], unpack(list, from, math.min(from + 499, #list)))
    end
  end
end
if wake then wake_one() end
return answers
