import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { PoliciesController } from './policies.controller.js';
import { PublishPolicyHandler } from './publish-policy.handler.js';
import {
  GetPolicyHandler,
  ListPoliciesHandler,
  ListRulesHandler,
} from './read-policies.handlers.js';

@Module({
  imports: [CqrsModule],
  controllers: [PoliciesController],
  providers: [PublishPolicyHandler, GetPolicyHandler, ListPoliciesHandler, ListRulesHandler],
})
export class PoliciesModule {}
