// The logs are bounded by a module, which is installed once: pm2 install pm2-logrotate
const shared = {
  cwd: '/srv/shop',
  kill_timeout: 60000,
  treekill: false,
  exp_backoff_restart_delay: 100,
  max_restarts: 1000000,
};

module.exports = {
  apps: [
    { ...shared, script: 'photos.php', instances: 4, kill_timeout: 600000 },
    { ...shared, script: 'thumbnails.php', instances: 2 },
    { ...shared, script: 'mail.mjs' },
    { ...shared, script: 'webhooks.mjs' },
    { ...shared, script: 'search.py', interpreter: 'python3' },
    { ...shared, script: 'reports.py', interpreter: 'python3', kill_timeout: 1800000 },
    { ...shared, script: 'imports.php', env: { QUEUE: 'imports' } },
    { ...shared, script: 'invoices.php' },
    { ...shared, script: 'rates.sh' },
    { ...shared, script: 'cleanup.sh' },
  ],
};
