import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { CLOCK, EVENT_LOG } from '../sources.js';
import { AdvisoriesController } from './advisories.controller.js';
import { AdvisoryList } from './advisory-list.js';
import { PublishAdvisoryHandler } from './publish-advisory.handler.js';
import { GetAdvisoryHandler, ListAdvisoriesHandler } from './read-advisories.handlers.js';
import { WithdrawAdvisoryHandler } from './withdraw-advisory.handler.js';

@Module({
  imports: [CqrsModule],
  controllers: [AdvisoriesController],
  providers: [
    ListAdvisoriesHandler,
    GetAdvisoryHandler,
    PublishAdvisoryHandler,
    WithdrawAdvisoryHandler,
    {
      provide: AdvisoryList,
      useFactory: (...args: ConstructorParameters<typeof AdvisoryList>) =>
        new AdvisoryList(...args),
      inject: [EVENT_LOG, CLOCK],
    },
  ],
})
export class AdvisoriesModule {}
