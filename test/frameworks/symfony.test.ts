import { cutsNoJob } from './scenarios.ts';

const PROBE = `
  foreach (['Bundle/FrameworkBundle', 'Component/Console', 'Component/Messenger/Bridge/Redis'] as $part) {
      require "Symfony/$part/autoload.php";
  }
  exit(extension_loaded('redis') && extension_loaded('pcntl') ? 0 : 1);`;

cutsNoJob({
  name: 'Symfony Messenger',
  folder: 'symfony',
  probe: ['php', '-r', PROBE],
  install: 'apt-get install php-symfony-console php-symfony-framework-bundle php-symfony-redis-messenger php-redis',
  enqueue: ['php', 'console', 'enqueue'],
  atOnce: 2,
  endsWithoutRedis: true,
});
