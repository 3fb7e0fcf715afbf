import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/', 'sdk/', 'test/fixtures/', 'docs/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Numbers are everywhere in messages; their text is what we want.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      // `!` hides what noUncheckedIndexedAccess is there to show.
      '@typescript-eslint/no-non-null-assertion': 'error',
      'no-restricted-globals': ['error', { name: 'console', message: 'say it through the printer of src/cli' }],
    },
  },
  {
    // Daemons, benchmarks and tests print.
    files: ['examples/**', 'bench/**', 'test/**', 'scripts/**'],
    rules: { 'no-restricted-globals': 'off' },
  },
);
