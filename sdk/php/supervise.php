<?php

// The SDK of `supervise` for daemons in PHP: one file, `require` it or install it with composer. PHP 8.1 or later, with
// pcntl (Debian's php-cli has it; in the official Docker image: docker-php-ext-install pcntl).
//
//     require 'supervise.php';
//     class PhotoDaemon extends Supervise\Daemon {
//         public function run(): void { /* one iteration: take a job, do it */ }
//     }
//     Supervise\DaemonRunner::exec('PhotoDaemon');
//
// It runs the same without the supervisor: after Ctrl-C `php photos.php` finishes its iteration and exits with 0.
//
// A process forked by an iteration (pcntl_fork) does not report: SIGTERM ends it, and a Ctrl-C in the terminal does not,
// since it is part of an iteration that has to finish.

declare(strict_types=1);

namespace Supervise;

/** A loop that can be stopped only between two iterations. */
abstract class Daemon
{
    /** Signals passed to onSignal besides SIGTERM and SIGINT, e.g. [SIGUSR2]. */
    public const SIGNALS = [];

    protected bool $done = false;

    /** @param list<string> $argv $argv[0] is the script */
    public function __construct(protected array $argv)
    {
    }

    /** Called once, before the first iteration. Sets the signal handlers for daemons run without the runner. */
    public function init(): void
    {
        Process::listen(static::SIGNALS);
        Process::deliverTo($this);
    }

    /**
     * One iteration. A stop never cuts it, but PHP ends sleep, usleep and stream_select early on any signal: wait with
     * $this->sleep or $this->idle, and wait again for the rest if a library sleeps.
     */
    abstract public function run(): void;

    /** Called once, after the last iteration, even if that threw. */
    public function shutdown(): void
    {
    }

    public function isDone(): bool
    {
        return $this->done;
    }

    /** Called in the middle of an iteration: set a flag and return. */
    public function onSignal(int $signal): void
    {
        if ($signal === SIGTERM || $signal === SIGINT) {
            $this->done = true;
        }
    }

    /** Ends the loop after this iteration. */
    final public function stop(): void
    {
        $this->done = true;
    }

    /**
     * Marks that $wait only waits for work, and returns its result, or null if a stop was requested before it began.
     * A signal just before a blocking call in $wait does not wake it: give such calls a timeout of a second or so. Take
     * the job after the wait, not within it.
     */
    final protected function idle(callable $wait): mixed
    {
        if ($this->isDone()) {
            return null;
        }
        Process::boundary()->idle();
        try {
            return $wait();
        } finally {
            Process::boundary()->busy();
        }
    }

    /** An idle wait; a stop ends it at once. */
    final protected function sleep(float $seconds): void
    {
        $this->idle(fn () => Process::waitForSignal($seconds, $this->isDone(...)));
    }

    /** Reports how far this iteration is: $done of $total steps. */
    final protected function progress(int $done, int $total): void
    {
        Process::say('PROGRESS', "$done/$total");
    }

    /** Reports in a few words what is being done; shown in `supervise status`. */
    final protected function status(string $text): void
    {
        Process::say('STATUS', $text);
    }

    /** Reports which shared resource is missing. Call it, then throw: the restart waits for it, and it is no crash. */
    final protected function waiting(string $resource): void
    {
        Process::say('WAITING', $resource);
    }

    /** Asks for this many seconds beyond the grace, while starting or stopping. */
    final protected function extend(float $seconds): void
    {
        Process::say('EXTEND_TIMEOUT_USEC', (string) (int) round($seconds * 1e6));
    }
}

final class DaemonRunner
{
    /**
     * Runs a daemon to its end and ends the process: handlers, new, init, run until it is done, shutdown. The exit code
     * is 0, or 1 after an error in any of them (printed on stderr).
     *
     * @param class-string<Daemon> $class
     */
    public static function exec(string $class): never
    {
        if (!function_exists('pcntl_signal') || !function_exists('pcntl_async_signals')) {
            // 78 (EX_CONFIG): trying again does not help, which the supervisor knows.
            fwrite(STDERR, "$class: PHP has no pcntl here, so a stop would cut an iteration; not started. "
                . "Install it (Debian: php-cli; Docker: docker-php-ext-install pcntl) or take it out of disable_functions.\n");
            exit(78);
        }
        $code = self::live($class);
        Process::say('EXIT_STATUS', (string) $code);
        exit($code);
    }

    /** @param class-string<Daemon> $class */
    private static function live(string $class): int
    {
        try {
            Process::listen($class::SIGNALS); // first: overriding init without the parent's must not get a daemon cut
            $daemon = new $class($_SERVER['argv']);
            Process::deliverTo($daemon);
            $daemon->init();
            Process::listen($class::SIGNALS); // once more, in case init has forked and this is the child that continues
        } catch (\Throwable $error) {
            Process::logError('init failed', $error);
            return 1;
        }
        Process::say('READY', '1');

        $code = 0;
        $boundary = Process::boundary();
        try {
            while (!$daemon->isDone()) {
                $boundary->begin();
                $daemon->run();
                if (Process::isForked()) { // a child runs neither the loop nor shutdown
                    fwrite(STDERR, "a process that run has forked came back from it, and ends here: end it with exit\n");
                    exit(0);
                }
                $boundary->iterationDone();
            }
        } catch (\Throwable $error) {
            Process::logError('run failed', $error);
            $code = 1;
            if (Process::isForked()) {
                exit(1);
            }
        }
        $boundary->leave();
        Process::say('STOPPING', '1');
        try {
            $daemon->shutdown();
        } catch (\Throwable $error) {
            Process::logError('shutdown failed', $error);
            $code = 1;
        }
        return $code;
    }
}

/** @internal What a process has only one of: the way to the supervisor, and its signal handlers. */
final class Process
{
    /** The process that owns handlers and loop: a forked child has copies of everything here. */
    private static int $owner = 0;
    /** @var array<int, true> signals whose handlers are set */
    private static array $heard = [];
    /** @var list<int> signals received before there was a daemon */
    private static array $early = [];
    private static ?Daemon $receiver = null;
    private static ?Notify $notify = null;
    private static ?Boundary $boundary = null;

    /** @param list<int> $others */
    public static function listen(array $others): void
    {
        self::$notify ??= new Notify(); // before any helper can see SUPERVISE_NOTIFY_FD
        if (self::isForked()) {
            self::$heard = [];
            self::$early = [];
        }
        self::$owner = getmypid();
        pcntl_async_signals(true); // no ticks: they halve the speed
        foreach ([SIGTERM, SIGINT, ...$others] as $signal) {
            if (!isset(self::$heard[$signal])) {
                self::$heard[$signal] = true;
                pcntl_signal($signal, self::deliver(...));
            }
        }
    }

    /** Is this a child of the process that set the handlers? */
    public static function isForked(): bool
    {
        return self::$owner !== 0 && self::$owner !== getmypid();
    }

    public static function deliverTo(Daemon $daemon): void
    {
        self::$receiver = $daemon;
        foreach (self::$early as $signal) {
            self::deliver($signal);
        }
        self::$early = [];
    }

    /**
     * Waits until $isDone or until time is up. The signals are blocked during the check and then taken from the kernel,
     * so that none can slip in between. They are never blocked in run: its helpers would inherit that.
     */
    public static function waitForSignal(float $seconds, callable $isDone): void
    {
        $end = hrtime(true) + (int) ($seconds * 1e9);
        if (!function_exists('pcntl_sigtimedwait')) { // not on macOS
            while (!$isDone() && hrtime(true) < $end) {
                usleep(200_000);
            }
            return;
        }
        $signals = array_keys(self::$heard);
        pcntl_sigprocmask(SIG_BLOCK, $signals, $before);
        try {
            pcntl_signal_dispatch();
            while (!$isDone() && ($left = $end - hrtime(true)) > 0) {
                // The warning is EINTR: a signal that is not ours, such as SIGCHLD.
                $signal = self::quietly(fn () => pcntl_sigtimedwait($signals, $info, intdiv($left, 1_000_000_000), $left % 1_000_000_000));
                if (is_int($signal) && $signal > 0) {
                    self::deliver($signal);
                }
            }
        } finally {
            pcntl_sigprocmask(SIG_SETMASK, $before);
        }
    }

    public static function say(string $key, string $value): bool
    {
        return (self::$notify ??= new Notify())->say($key, $value);
    }

    public static function boundary(): Boundary
    {
        return self::$boundary ??= new Boundary();
    }

    public static function logError(string $when, \Throwable $error): void
    {
        fwrite(STDERR, "$when: $error\n");
    }

    /** Without warnings, whatever error handler a framework has set (`@` alone does not stop it from being called). */
    public static function quietly(callable $call): mixed
    {
        set_error_handler(static fn (): bool => true);
        try {
            return $call();
        } finally {
            restore_error_handler();
        }
    }

    private static function deliver(int $signal): void
    {
        if (self::isForked()) {
            self::endChild($signal);
            return;
        }
        if (self::$receiver === null) {
            self::$early[] = $signal;
            return;
        }
        try {
            self::$receiver->onSignal($signal);
        } catch (\Throwable $error) {
            // Rethrown, it would cut the iteration wherever it is.
            self::logError("onSignal($signal) failed", $error);
            if ($signal === SIGTERM || $signal === SIGINT) {
                self::$receiver->stop();
            }
        }
    }

    /** A child inherits our handlers, but its parent may end it. Ctrl-C in a terminal reaches it too, and is ignored. */
    private static function endChild(int $signal): void
    {
        if ($signal === SIGINT) {
            return;
        }
        pcntl_signal($signal, SIG_DFL);
        pcntl_sigprocmask(SIG_UNBLOCK, [$signal]); // waitForSignal has blocked it
        function_exists('posix_kill') ? posix_kill(getmypid(), $signal) : exit(128 + $signal);
    }
}

/** @internal Writes KEY=VALUE lines to the descriptor whose number is in SUPERVISE_NOTIFY_FD; without one, nothing. */
final class Notify
{
    /** PIPE_BUF: a write up to this size is never split. Includes the newline. */
    private const LONGEST_LINE = 4096;

    /** @var resource|null */
    private $pipe = null;
    private int $owner;
    private bool $introduced = false;

    public function __construct()
    {
        $this->owner = getmypid();
        $fd = getenv('SUPERVISE_NOTIFY_FD');
        // Helpers inherit the descriptor (PHP cannot close it: `3>&-` in the command, or 3 => ['file', '/dev/null', 'w']
        // for proc_open, does), but they must not speak for us.
        putenv('SUPERVISE_NOTIFY_FD');
        unset($_ENV['SUPERVISE_NOTIFY_FD'], $_SERVER['SUPERVISE_NOTIFY_FD']);
        if ($fd === false || !preg_match('/^[1-9]\d{0,3}$/D', $fd) || (int) $fd < 3) {
            return;
        }
        $this->pipe = Process::quietly(static function () use ($fd) {
            // Behind a wrapper that does not pass the descriptor on, PHP has the script itself open under its number.
            if (((stat("/dev/fd/$fd")['mode'] ?? 0) & 0170000) !== 0010000) { // a pipe
                return null;
            }
            // Reopened close-on-exec (e) and non-blocking (n); otherwise helpers would inherit this copy too.
            $pipe = fopen("/dev/fd/$fd", 'wen');
            if ($pipe === false) {
                return null;
            }
            stream_set_blocking($pipe, false);
            return $pipe;
        });
    }

    /** False if it was lost: no reader, or a full pipe that nothing reads. That must not cost an iteration. */
    public function say(string $key, string $value): bool
    {
        if ($this->pipe === null || $this->owner !== getmypid()) {
            return false; // a forked child would say IDLE while its parent's iteration is open
        }
        // It tells apart two processes that report behind one wrapper; neither is believed then.
        $this->introduced = $this->introduced || $this->write('SPEAKER', (string) $this->owner);
        return $this->introduced && $this->write($key, $value);
    }

    private function write(string $key, string $value): bool
    {
        $line = $key . '=' . preg_replace('/[\x00-\x1f\x7f]+/', ' ', $value);
        if (strlen($line) >= self::LONGEST_LINE) {
            $line = substr($line, 0, self::LONGEST_LINE - 1);
            $line = preg_replace('/[\xc0-\xff][\x80-\xbf]*$/D', '', $line); // not in the middle of a character
        }
        return Process::quietly(fn () => fwrite($this->pipe, "$line\n")) === strlen($line) + 1;
    }
}

/** @internal The position of the loop as reported to the supervisor: in an iteration, waiting for work, or between iterations. */
final class Boundary
{
    private const ITERATION_GAP_NS = 100_000_000; // ten a second

    /** What the supervisor heard last. A lost word leaves it unchanged, so that the next one repeats it. */
    private string $heard = '';
    private bool $open = false;
    private int $done = 0;
    private int $told = 0;
    private int $toldAt = -self::ITERATION_GAP_NS;

    /** An iteration begins. */
    public function begin(): void
    {
        $this->open = true;
        $this->busy();
    }

    /** A wait for work begins. Not reported outside an iteration: in init, in shutdown, in a loop of the daemon's own. */
    public function idle(): void
    {
        if ($this->open) {
            $this->sayIdle();
        }
    }

    /** The wait is over, the iteration continues. */
    public function busy(): void
    {
        if ($this->open && $this->heard !== 'BUSY' && Process::say('BUSY', '1')) {
            $this->heard = 'BUSY';
        }
    }

    /** The iteration is done; reported now or with the next report. */
    public function iterationDone(): void
    {
        $this->open = false;
        $this->done++;
        if (hrtime(true) - $this->toldAt >= self::ITERATION_GAP_NS) {
            $this->tell();
        }
    }

    /** The loop is left: no iteration is open any more, done or failed. Sends what the rate limit has held back. */
    public function leave(): void
    {
        $this->open = false;
        $this->sayIdle();
    }

    private function sayIdle(): void
    {
        $this->tell();
        if ($this->heard !== 'IDLE' && Process::say('IDLE', '1')) {
            $this->heard = 'IDLE';
        }
    }

    private function tell(): void
    {
        if ($this->told !== $this->done && Process::say('ITERATION', (string) $this->done)) {
            $this->heard = 'ITERATION';
            $this->told = $this->done;
            $this->toldAt = hrtime(true);
        }
    }
}
