<?php
namespace App;

use Symfony\Component\Console\Command\Command;
use Symfony\Component\Console\Input\InputArgument;
use Symfony\Component\Console\Input\InputInterface;
use Symfony\Component\Console\Output\OutputInterface;
use Symfony\Component\Messenger\Handler\MessageHandlerInterface;
use Symfony\Component\Messenger\MessageBusInterface;

class Photo
{
    public string $id;

    public function __construct(string $id)
    {
        $this->id = $id;
    }
}

/** One job of 12 s, half of it in a helper process. */
class PhotoHandler implements MessageHandlerInterface
{
    public function __invoke(Photo $photo): void
    {
        $this->note('begin', $photo->id);
        passthru('./helper.sh '.escapeshellarg($photo->id), $code);
        if ($code !== 0) {
            throw new \RuntimeException("the helper of $photo->id was cut");
        }
        // A signal ends a sleep of PHP early.
        for ($end = hrtime(true) + 6_000_000_000; hrtime(true) < $end;) {
            usleep(100_000);
        }
        $this->note('end', $photo->id);
    }

    /** A whole line in one write. */
    private function note(string $what, string $id): void
    {
        file_put_contents(getenv('LEDGER'), "$what $id ".getmypid()."\n", FILE_APPEND);
    }
}

class EnqueueCommand extends Command
{
    protected static $defaultName = 'enqueue';
    private MessageBusInterface $bus;

    public function __construct(MessageBusInterface $bus)
    {
        parent::__construct();
        $this->bus = $bus;
    }

    protected function configure(): void
    {
        $this->addArgument('ids', InputArgument::IS_ARRAY);
    }

    protected function execute(InputInterface $input, OutputInterface $output): int
    {
        foreach ($input->getArgument('ids') as $id) {
            $this->bus->dispatch(new Photo($id));
        }

        return 0;
    }
}
