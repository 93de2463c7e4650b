-- Numbers that somebody else wrote. Pure. Concatenated after undo.lua.

-- Whether a number is whole and within bounds; NaN and infinity are not.
local function is_whole(value, least, most)
  return type(value) == 'number' and value >= least and value <= most and math.floor(value) == value
end

-- A count as Redis keeps it; 0 for what is none.
local function count_of(text)
  local count = tonumber(text or 0)
  return is_whole(count, 0, 1e15) and count or 0
end

-- Milliseconds until a moment, whole and bounded; -1 for no moment.
local function wait_until(moment, now)
  moment = tonumber(moment)
  return moment and math.min(math.max(0, math.ceil(moment - now)), 1e12) or -1
end
