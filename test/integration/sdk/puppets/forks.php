<?php

// An iteration that does its work in processes of its own. What it does is its first argument; the second is where it notes it.

require __DIR__ . '/../../../../sdk/php/supervise.php';

function note(string $line): void
{
    file_put_contents($_SERVER['argv'][2], "$line\n", FILE_APPEND);
}

class Forks extends Supervise\Daemon
{
    private int $runs = 0;

    public function run(): void
    {
        $this->runs++;
        note("begin $this->runs");
        $mode = $this->argv[1];
        if ($this->runs > 1 && $mode !== 'wait') {
            posix_kill(getmypid(), SIGKILL); // a child that has come back: it must not fork for ever
        }
        switch ($mode) {
            case 'wait': // the child waits with the SDK, while this iteration is open
                [$reader, $writer] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
                $pid = pcntl_fork();
                if ($pid === 0) {
                    $this->idle(fn () => fwrite($writer, '.'));
                    while (!file_exists(getenv('GO'))) {
                        $this->sleep(0.02);
                        clearstatcache();
                    }
                    exit(0);
                }
                fread($reader, 1);
                $this->status('at work');
                // SA_RESTART is on: a signal does not end it
                pcntl_waitpid($pid, $status);
                break;
            case 'terminate': // wherever the child is
                foreach ([fn () => $this->sleep(3600), fn () => sleep(3600), fn () => $this->spin()] as $n => $wait) {
                    $pid = pcntl_fork();
                    if ($pid === 0) {
                        note("child $n waits");
                        $wait();
                        note('child lived on');
                        exit(0);
                    }
                    while (!str_contains(file_get_contents($this->argv[2]), "child $n waits")) {
                        usleep(1000);
                    }
                    posix_kill($pid, SIGTERM);
                    pcntl_waitpid($pid, $status);
                    note('child ended by ' . pcntl_wtermsig($status));
                }
                break;
            case 'sigint': // Ctrl-C in a terminal: to all of the process group
                posix_setpgid(0, 0);
                [$ours, $its] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
                $pid = pcntl_fork();
                if ($pid === 0) {
                    fwrite($its, '.');
                    fread($its, 1);
                    note('child done');
                    exit(0);
                }
                fread($ours, 1);
                posix_kill(0, SIGINT);
                fwrite($ours, '.');
                pcntl_waitpid($pid, $status);
                note("child exit $status");
                break;
            case 'returns':
            case 'raises':
            case 'exits':
                $pid = pcntl_fork();
                if ($pid === 0) {
                    if ($mode === 'raises') {
                        throw new RuntimeException('lost in the child');
                    }
                    if ($mode === 'exits') {
                        exit(3);
                    }
                    return;
                }
                pcntl_waitpid($pid, $status);
                note('child exit ' . pcntl_wexitstatus($status));
                break;
            case 'sigint-exec':
                $pid = pcntl_fork();
                if ($pid === 0) {
                    pcntl_exec('/bin/sh', ['-c', 'echo "fd=${SUPERVISE_NOTIFY_FD-none}"; kill -INT $$']);
                }
                pcntl_waitpid($pid, $status);
                note('child ended by ' . pcntl_wtermsig($status));
                break;
        }
        note("end $this->runs");
        if ($mode !== 'wait') {
            $this->done = true;
        }
    }

    private function spin(): void
    {
        for ($end = hrtime(true) + 20e9; hrtime(true) < $end;) {
            // computes
        }
    }

    public function onSignal(int $signal): void
    {
        note('heard ' . [SIGTERM => 'SIGTERM', SIGINT => 'SIGINT'][$signal]);
        parent::onSignal($signal);
    }

    public function shutdown(): void
    {
        note('shutdown');
    }
}

Supervise\DaemonRunner::exec('Forks');
