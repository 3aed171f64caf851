# The recipes of docs/cookbook.md in Ruby, with File and Dir only. An error that is not handled here ends the script as usual.

require "json"

SCOPE = "/beta/kv/local"

# Runs the block again, within a bound, as long as others come first.
def retrying(attempts = 1000)
  yield
rescue Errno::ESTALE, Errno::EAGAIN
  raise if (attempts -= 1).zero?
  retry
end

# Several keys at once: the block gets the transaction's folder, and everything in it happens or nothing.
def transaction
  retrying do
    folder = "#{SCOPE}/.tx/ruby"
    Dir.mkdir(folder)
    begin
      result = yield folder
    rescue Exception
      Dir.rmdir(folder)
      raise
    end
    File.rename(folder, "#{SCOPE}/.tx/commit")
    result
  end
end

def transfer(from, to, amount)
  transaction do |folder|
    [[from, -amount], [to, amount]].each do |account, change|
      balance = Integer(File.read("#{folder}/#{account}"), 10) + change
      raise RangeError, "#{account} has too little" if balance.negative?
      File.write("#{folder}/#{account}", balance.to_s)
    end
  end
end

# Runs the block while nobody else has the lock; it gets the fencing token.
def with_lock(name)
  File.open("#{SCOPE}/.lock/#{name}") { |lock| yield Integer(lock.read, 10) }
end

# Compare and swap: the close at the end of the block raises Errno::ESTALE if somebody changed the number since it was read.
def increment(name)
  File.open("#{SCOPE}/#{name}", File::RDWR | File::CREAT) do |file|
    text = file.read
    number = (text.empty? ? 0 : Integer(text, 10)) + 1
    file.rewind
    file.write(number)
    number
  end
end

# Adds a line to what is there, whoever else does.
def append(name, line)
  retrying { File.open("#{SCOPE}/#{name}", "a") { |file| file.write(line) } }
end

# Creates a key unless it is there. Returns whether this did.
def put_if_absent(name, value)
  File.open("#{SCOPE}/#{name}", File::WRONLY | File::CREAT | File::EXCL) { |file| file.write(value) }
  true
rescue Errno::EEXIST
  false
end

# Lets a key live so many seconds from now; nil: for ever.
def expire(name, seconds)
  retrying { File.write("#{SCOPE}/.meta/#{name}", JSON.generate(ttl: seconds)) }
end

# Waits until a key is there.
def wait_for(name)
  retrying do
    File.open("#{SCOPE}/.watch/#{name}") do |watch|
      yield if block_given?
      watch.gets until File.exist?("#{SCOPE}/#{name}")
    end
  end
end
