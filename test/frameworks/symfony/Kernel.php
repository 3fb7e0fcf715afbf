<?php
namespace App;

use Symfony\Bundle\FrameworkBundle\FrameworkBundle;
use Symfony\Bundle\FrameworkBundle\Kernel\MicroKernelTrait;
use Symfony\Component\DependencyInjection\Loader\Configurator\ContainerConfigurator;
use Symfony\Component\HttpKernel\Kernel as BaseKernel;

class Kernel extends BaseKernel
{
    use MicroKernelTrait;

    public function registerBundles(): iterable
    {
        yield new FrameworkBundle();
    }

    protected function configureContainer(ContainerConfigurator $container): void
    {
        $container->extension('framework', [
            'secret' => 'not one',
            'http_method_override' => false,
            'messenger' => [
                'transports' => [
                    'photos' => [
                        'dsn' => '%env(REDIS_URL)%/photos',
                        'options' => [
                            // Two that consume under one name are handed the same message.
                            'consumer' => '%env(default:nobody:SUPERVISE_NAME)%-%env(default:nobody:SUPERVISE_INSTANCE)%',
                            'delete_after_ack' => true,
                        ],
                    ],
                ],
                'routing' => [Photo::class => 'photos'],
            ],
        ]);
        $container->parameters()->set('nobody', 'nobody');
        $services = $container->services()->defaults()->autowire()->autoconfigure();
        $services->set(PhotoHandler::class);
        $services->set(EnqueueCommand::class);
    }
}
