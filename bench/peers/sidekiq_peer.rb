# Sidekiq beside TaskRunner: the same no-op task, and the same ways to enqueue it. Loaded by sidekiq itself, or run as
#   ruby sidekiq_peer.rb enqueue N | bulk N | latency N SECONDS      prints the seconds that it took
require "sidekiq"

Sidekiq.configure_server { |config| config.redis = { url: ENV.fetch("REDIS_URL") } }
Sidekiq.configure_client { |config| config.redis = { url: ENV.fetch("REDIS_URL") } }
Sidekiq.logger.level = Logger::WARN

def microseconds = Process.clock_gettime(Process::CLOCK_REALTIME, :microsecond)

class Noop
  include Sidekiq::Worker
  sidekiq_options retry: false
  def perform(number); end
end

class Latency
  include Sidekiq::Worker
  sidekiq_options retry: false
  def perform(sent)
    delta = microseconds - sent
    Sidekiq.redis { |redis| redis.rpush("bench:latency", delta) }
  end
end

if $PROGRAM_NAME == __FILE__
  count = Integer(ARGV[1])
  began = Process.clock_gettime(Process::CLOCK_MONOTONIC)
  case ARGV[0]
  when "enqueue" then count.times { |number| Noop.perform_async(number) }
  when "bulk" then (0...count).each_slice(1000) { |slice| Sidekiq::Client.push_bulk("class" => Noop, "args" => slice.map { |number| [number] }) }
  when "latency" then count.times { sleep(Float(ARGV[2])); Latency.perform_async(microseconds) }
  end
  puts Process.clock_gettime(Process::CLOCK_MONOTONIC) - began
end
