-- What a message asks of the broker: its header and its options. Pure, no commands. Concatenated after undo.lua and wake.lua.
-- KEYS 1-10 ready lists, highest priority first; 11 wake; 12 slots taken by concurrency key; 13 parked; 14 parked messages; 15 unique keys;
--      16 ends of unique keys; 17 meta
local function list_of(message) return KEYS[10 - (tonumber(string.match(message, '^%d', 33)) or 5)] end

local function is_id(id) return #id == 32 and string.find(id, '^%x+$') ~= nil end

-- Whether a message starts with an id, a priority and its redeliveries, with something behind them.
local function has_header(message) return is_id(string.sub(message, 1, 32)) and string.find(message, '^%d%d%d.', 33) ~= nil end

-- Under which id the dead set keeps a message: its own, or a digest when it has none that people could type.
local function dead_id(id, message) return is_id(id) and id or string.sub(redis.sha1hex(message), 1, 32) end

-- Whether a text may be part of a key: buckets end with a NUL and are found by ranges.
local function is_key(text) return type(text) == 'string' and #text >= 1 and #text <= 800 and not string.find(text, '%c') end

-- Length of the options segment that starts at a byte of a text; 0 when there is none.
local function segment_length(text, at)
  local digits = string.match(text, '^[+srb](%d%d%d%d)', at)
  if not digits then return 0 end
  local length = 5 + tonumber(digits)
  return at + length - 1 <= #text and length or 0
end

-- What is not given may be null.
local function given(value)
  if value ~= cjson.null then return value end
end

-- The options of a segment; nothing when there is none. What breaks the rules of docs/wire-format.md is no options, and why comes second.
local function read_options(text, at)
  local length = segment_length(text, at)
  if length == 0 then return nil end
  local known, found = pcall(cjson.decode, string.sub(text, at + 5, at + length - 1))
  if not known or type(found) ~= 'table' then return nil, 'the options are not a JSON object' end
  local options = { e = given(found.e), u = given(found.u), um = given(found.um), c = given(found.c), cl = given(found.cl), r = given(found.r), rl = given(found.rl) }
  for _, field in ipairs({ 'u', 'c', 'r' }) do
    if options[field] ~= nil and not is_key(options[field]) then return nil, 'the option ' .. field .. ' must be a text of 1 to 800 bytes without control characters' end
  end
  if options.e ~= nil and not (type(options.e) == 'number' and options.e >= 0 and options.e < 1e15) then
    return nil, 'the option e must be a time in milliseconds since the Unix epoch'
  end
  if options.cl ~= nil and not is_whole(options.cl, 1, 1000000) then return nil, 'the option cl must be a whole number from 1 to 1,000,000' end
  if (options.um ~= nil and type(options.um) ~= 'string') or (options.rl ~= nil and type(options.rl) ~= 'string') then
    return nil, 'the options um and rl must be texts'
  end
  return options
end

local function options_of(message)
  if string.byte(message, 36) ~= 123 then return read_options(message, 36) end
end

-- The mark before the segment: '+' nothing is granted, 's' holds a slot, 'r' its start was counted by its rate limits, 'b' both.
local function with_mark(message, mark)
  if segment_length(message, 36) > 0 then return string.sub(message, 1, 35) .. mark .. string.sub(message, 37) end
  return string.sub(message, 1, 35) .. mark .. '0002{}' .. string.sub(message, 36)
end

-- The message with nothing granted.
local function without_grants(message) return segment_length(message, 36) > 0 and with_mark(message, '+') or message end

local function is_expired(options, now) return options ~= nil and options.e ~= nil and options.e <= now end
