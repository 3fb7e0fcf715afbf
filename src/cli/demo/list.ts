/** The number of workers in the demo. */
export const WORKERS = 6;

/** The list run by the demo. */
export const listText = (jobMs: number): string => `name: demo
resources:
  database: { file: ./database, interval: 500ms }
daemons:
  - name: photos
    script: ./current/worker.mjs        # a link, switched by each deploy
    instances: ${WORKERS}
    env: { JOB_MS: "${jobMs}" }
    depends_on: { database: up }
    restart: { reset_after: 2s }
    log: { max_size: 5MB, max_files: 2 }
`;
