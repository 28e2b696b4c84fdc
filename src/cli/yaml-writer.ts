/** What writes YAML, by itself: it is larger than most commands, so a bundle of its own that few load. */
export { stringify } from 'yaml';
