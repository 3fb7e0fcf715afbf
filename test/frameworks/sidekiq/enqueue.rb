require "./worker"

ARGV.each { |id| PhotoJob.perform_async(id) }
