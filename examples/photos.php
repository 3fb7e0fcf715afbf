<?php

// Photos, in PHP. Alone: `php examples/photos.php` (Ctrl-C finishes the photo it is at).

require __DIR__ . '/../sdk/php/supervise.php';

class PhotoDaemon extends Supervise\Daemon
{
    private string $spool;
    private string $mine;
    private int $photos = 0;

    public function init(): void
    {
        parent::init();
        $this->spool = (getenv('SPOOL') ?: 'spool') . '/photos';
        $this->mine = "$this->spool/work/" . (getenv('SUPERVISE_NAME') ?: 'alone') . '-' . (getenv('SUPERVISE_INSTANCE') ?: '1');
        foreach (["$this->spool/new", "$this->spool/out", "$this->spool/done", $this->mine] as $folder) {
            is_dir($folder) || @mkdir($folder, 0777, true) || is_dir($folder) || throw new RuntimeException("cannot make $folder");
        }
        // What lies here now was cut: by a power loss, a SIGKILL. This slot never runs twice at once, so nobody else is at it.
        foreach (glob("$this->mine/*") as $file) {
            rename($file, "$this->spool/new/" . basename($file));
        }
    }

    public function run(): void
    {
        $id = $this->take();
        if ($id === null) {
            $this->status('waiting for photos');
            $this->sleep(0.5); // a wait for work: a stop ends it at once
            return;
        }

        // From here to the ledger nothing may be cut, and nothing is: a stop waits until run is over.
        $this->status("scaling $id");
        $photo = file_get_contents("$this->mine/$id");
        $out = "$this->spool/out/$id";
        file_put_contents($out, 'half ' . hash('sha256', substr($photo, 0, intdiv(strlen($photo), 2))) . "\n");
        exec('sleep 0.2 3>&-'); // stands for convert. 3>&-: a helper need not hold our line to the supervisor
        file_put_contents($out, 'whole ' . hash('sha256', $photo) . "\n", FILE_APPEND);
        rename("$this->mine/$id", "$this->spool/done/$id");
        file_put_contents("$this->spool/ledger", "$id " . basename($this->mine) . "\n", FILE_APPEND);

        $this->photos++;
        echo "scaled $id, ", strlen($photo), " bytes\n";
    }

    public function shutdown(): void
    {
        echo "$this->photos photos scaled, at a boundary: nothing is half done\n";
    }

    /** Takes the oldest photo by rename, so that of several workers exactly one has it. */
    private function take(): ?string
    {
        foreach (glob("$this->spool/new/*") as $file) {
            if (@rename($file, "$this->mine/" . basename($file))) { // false: another worker has it
                return basename($file);
            }
        }
        return null;
    }
}

Supervise\DaemonRunner::exec('PhotoDaemon');
