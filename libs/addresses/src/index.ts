export {
  type AllowedNetworks,
  isAllowed,
  parseNetworks,
  readNetworks,
  refusalOf,
} from './address-rules.js';
export { type ForeseenRefusal, foreseenRefusal } from './foreseen-refusal.js';
