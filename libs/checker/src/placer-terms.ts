import type { CheckMaker } from './check.js';

/** Only the placer in office places: a placement carries the newest term, and terms count 1, 2, 3, … */
export const onlyThePlacerInOffice: CheckMaker = (report) => ({
  see: (recorded, ledger) => {
    const { event } = recorded;
    if (event.type === 'PlacerTookOver' && event.payload.term !== ledger.placerTerm + 1) {
      report(`term ${event.payload.term} follows term ${ledger.placerTerm}`, recorded);
    }
    if (event.type === 'WorkloadPlaced' && event.payload.placerTerm !== ledger.placerTerm) {
      report(
        `placed in term ${event.payload.placerTerm}, but term ${ledger.placerTerm} is in office`,
        recorded,
      );
    }
  },
});
