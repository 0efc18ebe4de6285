/** What an operator calls a host by, for whoever wants only such hosts: `{ zone: 'a', disk: 'ssd' }`. */
export type Labels = Readonly<Record<string, string>>;

/** Whether it has every label that is asked for, each with that value. */
export function isSelected(labels: Labels, selector: Labels): boolean {
  for (const name in selector) if (labels[name] !== selector[name]) return false;
  return true;
}

export function asksForLabels(selector: Labels): boolean {
  for (const _name in selector) return true;
  return false;
}

/** Equal for equal labels, in whatever order they were written. */
export function labelsKey(labels: Labels): string {
  if (!asksForLabels(labels)) return '';
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** For people: `zone=a, disk=ssd`. */
export function labelsText(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
}
