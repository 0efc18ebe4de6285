import { isId } from '@bulkhead/domain';
console.log(isId('wl', 'x'));
