-- What a message asks of the broker: its header, its options, its body. Pure, no commands. Concatenated after undo.lua, wake.lua and numbers.lua.
-- KEYS 1-10 ready lists, highest priority first; 11 wake; 12 slots taken by concurrency key; 13 parked; 14 parked messages; 15 unique keys;
--      16 ends of unique keys; 17 meta
local function list_of(message) return KEYS[10 - (tonumber(string.match(message, '^%d', 33)) or 5)] end

-- An id has lower-case digits: every key, mark and set holds it as verbs ask for it.
local function is_id(id) return #id == 32 and string.find(id, '^[%da-f]+$') ~= nil end

-- Why a message does not start with an id, a priority and its redeliveries, with something behind them; nothing when it does.
local function header_fault(message)
  local id = string.sub(message, 1, 32)
  if not is_id(id) and is_id(string.lower(id)) then return 'the 32 hexadecimal digits of its id must be in lower case' end
  if not is_id(id) or not string.find(message, '^%d%d%d.', 33) then return 'it must start with 32 hexadecimal digits, a priority and two digits of redeliveries' end
end

-- Whether a text is UTF-8: a result or a key that is not could not be read.
local function is_utf8(text)
  if not string.find(text, '[\128-\255]') then return true end
  text = string.gsub(text, '[\194-\223][\128-\191]', '')
  if string.find(text, '\224[\128-\159]') or string.find(text, '\237[\160-\191]') or string.find(text, '\240[\128-\143]') or string.find(text, '\244[\144-\191]') then return false end
  text = string.gsub(text, '[\224-\239][\128-\191][\128-\191]', '.')
  text = string.gsub(text, '[\240-\244][\128-\191][\128-\191][\128-\191]', '.')
  return not string.find(text, '[\128-\255]')
end

-- Whether a text has 1 to so many UTF-16 units, as TextRule.IsPlain counts them, and no control character: buckets end with a NUL and are found by ranges.
local function is_plain_text(text, most)
  if type(text) ~= 'string' or #text < 1 or #text > 4 * most or string.find(text, '%c') then return false end
  if not string.find(text, '[\128-\255]') then return #text <= most end
  if not is_utf8(text) or string.find(text, '\194[\128-\159]') then return false end
  local units = 0
  for byte in string.gmatch(text, '[^\128-\191]') do units = units + (string.byte(byte) >= 240 and 2 or 1) end
  return units <= most
end

-- Whether a text may be a key of a task, or the name of one.
local function is_key(text) return is_plain_text(text, 200) end

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

-- Count and milliseconds of a rate limit, 'count/milliseconds'; nothing when that is no limit within the bounds of RateLimit.
local function read_rate(text)
  local count, per = string.match(type(text) == 'string' and text or '', '^(%d+)/(%d+)$')
  count, per = tonumber(count), tonumber(per)
  if is_whole(count, 1, 1000000) and is_whole(per, 1, 2592000000) then return count, per end
end

-- The options of a segment; nothing when there is none. What breaks the rules of docs/wire-format.md is no options, and why comes second.
-- EnvelopeOptions.cs reads them by the same rules.
local function read_options(text, at)
  local length = segment_length(text, at)
  if length == 0 then
    if string.find(text, '^[+srb]', at) then return nil, 'the options segment needs four digits with its length, and that many bytes' end
    return nil
  end
  local json = string.sub(text, at + 5, at + length - 1)
  local known, found = pcall(cjson.decode, json)
  if not known or type(found) ~= 'table' or not string.find(json, '^%s*{') then return nil, 'the options are not a JSON object' end
  local options = { e = given(found.e), u = given(found.u), um = given(found.um), c = given(found.c), cl = given(found.cl), r = given(found.r), rl = given(found.rl) }
  for _, field in ipairs({ 'u', 'c', 'r' }) do
    if options[field] ~= nil and not is_key(options[field]) then return nil, 'the option ' .. field .. ' must be a text of 1 to 200 characters without control characters' end
  end
  if options.e ~= nil and not (type(options.e) == 'number' and options.e >= 0 and options.e < 1e15) then
    return nil, 'the option e must be a time in milliseconds since the Unix epoch'
  end
  if options.cl ~= nil and not is_whole(options.cl, 1, 1000000) then return nil, 'the option cl must be a whole number from 1 to 1,000,000' end
  if options.um ~= nil and options.um ~= 'done' and options.um ~= 'start' then return nil, 'the option um must be done or start' end
  if options.rl ~= nil and not read_rate(options.rl) then
    return nil, 'the option rl must be a count from 1 to 1,000,000, a slash and 1 to 2,592,000,000 milliseconds'
  end
  if options.r ~= nil and options.rl == nil then return nil, 'the option r needs the option rl beside it' end
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

-- A body over this many bytes is not decoded: while a script runs, nobody else is served.
local LARGE = 1048576

-- What can be told cheaply of the JSON of a message: all its fields or, of a large one, those that stand before its arguments.
local function body_of(message)
  local at = 36 + segment_length(message, 36)
  local text = string.sub(message, at, at + LARGE)
  if #text > LARGE then
    local task = string.match(text, '^{"v":%d+,"task":"([^"\\]*)"')
    local arguments = string.find(text, ',"args":', 1, true)
    -- Deeper than in the outermost object this does not close, and is no JSON.
    local known, head = pcall(cjson.decode, arguments and string.sub(text, 1, arguments - 1) .. '}' or '')
    return known and type(head) == 'table' and head or { task = task }
  end
  local known, body = pcall(cjson.decode, text)
  return known and type(body) == 'table' and body or {}
end
