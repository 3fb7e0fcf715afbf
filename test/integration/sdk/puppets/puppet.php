<?php

// Does what its first argument says; the tests read what it prints and what it says on descriptor 3.

require __DIR__ . '/../../../../sdk/php/supervise.php';

function say(string $line): void
{
    echo "$line\n";
}

function waitForGo(): void
{
    while (!file_exists(getenv('GO'))) {
        usleep(5000);
        clearstatcache();
    }
}

class Puppet extends Supervise\Daemon
{
    public const SIGNALS = [SIGUSR2];
    private int $runs = 0;
    private bool $over = false;

    // Forgets its parent, on purpose.
    public function init(): void
    {
        if ($this->argv[1] === 'loop') {
            parent::init();
        }
        say('init');
        if ($this->argv[1] === 'slow-init') {
            $this->sleep(0.001);
            waitForGo();
        }
        if ($this->argv[1] === 'bad-init') {
            throw new RuntimeException('no spool here');
        }
        say('init end');
    }

    public function run(): void
    {
        $this->runs++;
        switch ($this->argv[1]) {
            case 'loop':
                $this->sleep(0.001);
                // no break
            case 'work':
            case 'bad-signal':
                say("begin $this->runs");
                waitForGo();
                say("end $this->runs");
                break;
            case 'race':
                eval('namespace Supervise; function pcntl_sigtimedwait($signals, &$info, $seconds, $nanoseconds) {
                    posix_kill(getmypid(), SIGTERM);
                    return \\pcntl_sigtimedwait($signals, $info, $seconds, $nanoseconds);
                }');
                // no break
            case 'idle':
            case 'own-done':
                say('before');
                $this->sleep(3600);
                say('after');
                break;
            case 'flood':
                $this->done = true;
                break;
            case 'late':
                posix_kill(getmypid(), SIGTERM);
                break;
            case 'error':
                if ($this->runs === 2) {
                    throw new RuntimeException('the spool is gone');
                }
                break;
            case 'count':
                $this->done = $this->runs === (int) $this->argv[2];
                break;
            case 'talk':
                $this->status("two\nlines");
                $this->status(str_repeat('é', 5000));
                $this->progress(1, 3);
                $this->waiting('database');
                $this->extend(1.5);
                $this->done = true;
                break;
            case 'helper':
                $this->sleep(0.001);
                echo implode(preg_grep('/^SigBlk/', file('/proc/self/status'))); // a shell would clear the mask it inherits
                passthru('exec 3>&-; ' . getenv('HELPER'));
                $this->done = true;
                break;
        }
    }

    public function shutdown(): void
    {
        say('shutdown');
        if ($this->argv[1] === 'flood') {
            say(str_repeat('x', 1_000_000));
        }
        if ($this->argv[1] === 'error') {
            $this->sleep(0.001);
        }
        if ($this->argv[1] === 'bad-shutdown') {
            throw new RuntimeException('cannot close');
        }
    }

    public function isDone(): bool
    {
        return $this->over || $this->argv[1] === 'bad-shutdown' || parent::isDone();
    }

    public function onSignal(int $signal): void
    {
        say('signal ' . [SIGTERM => 'SIGTERM', SIGINT => 'SIGINT', SIGUSR2 => 'SIGUSR2'][$signal]);
        if ($this->argv[1] === 'bad-signal') {
            throw new RuntimeException('a bad handler');
        }
        if ($this->argv[1] === 'own-done') {
            $this->over = true;
        } else {
            parent::onSignal($signal);
        }
    }
}

if ($argv[1] === 'loop') {
    $daemon = new Puppet($argv);
    $daemon->init();
    while (!$daemon->isDone()) {
        $daemon->run();
    }
    $daemon->shutdown();
} else {
    Supervise\DaemonRunner::exec('Puppet');
}
