-- What wrk sends and what it checks: wrk -s wrk.lua URL -- FILE METHOD TOKEN EXPECTED STATUS
-- FILE holds one request a line: a body for POST, a path for GET, with a tab and an ETag if that is
-- sent. A request is picked at random. Every answer must hold EXPECTED, and have the STATUS where
-- that is not 0, else 2xx; answers that do not are counted as wrong. @serial@ in a body is replaced
-- by a number that no other POST has.
local threads = {}

function setup(thread)
  thread:set("number", #threads)
  table.insert(threads, thread)
end

function init(args)
  local file, method, token = args[1], args[2], args[3]
  expected, wrong, example, requests = args[4], 0, "", {}
  wanted = tonumber(args[5])
  sent, mark = 0, os.time() .. "-" .. number .. "-"
  math.randomseed(os.time() + number)
  headers = {["Content-Type"] = "application/json"}
  if token ~= "" then headers["Authorization"] = "Bearer " .. token end
  for line in io.lines(file) do
    if method == "POST" then
      local fresh = string.find(line, "@serial@", 1, true)
      table.insert(requests, fresh and {line} or wrk.format("POST", nil, headers, line))
    else
      local path, tag = line:match("^([^\t]*)\t?(.*)$")
      if tag ~= "" then headers["If-None-Match"] = tag end
      table.insert(requests, wrk.format("GET", path, headers))
    end
  end
end

function request()
  local one = requests[math.random(#requests)]
  if type(one) == "string" then return one end
  sent = sent + 1
  return wrk.format("POST", nil, headers, (string.gsub(one[1], "@serial@", mark .. sent .. "-")))
end

function response(status, headers, body)
  local right = wanted == 0 and status >= 200 and status < 300 or status == wanted
  if not right or not string.find(body, expected, 1, true) then
    wrong = wrong + 1
    example = status .. " " .. string.sub(body, 1, 300)
  end
end

function done(summary, latency, _)
  local wrong, example, errors = 0, "", summary.errors
  for _, thread in ipairs(threads) do
    wrong = wrong + thread:get("wrong")
    if thread:get("example") ~= "" then example = thread:get("example") end
  end
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format("RESULT %d %d %d %d %d %d\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), failed, wrong))
  if example ~= "" then io.write("EXAMPLE " .. string.gsub(example, "\n", " ") .. "\n") end
end
