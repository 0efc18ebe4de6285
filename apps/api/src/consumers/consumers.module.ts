import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { ConsumersController } from './consumers.controller.js';
import { ListConsumersHandler } from './list-consumers.handler.js';
import { SettleConsumerHandler } from './settle-consumer.handler.js';

@Module({
  imports: [CqrsModule],
  controllers: [ConsumersController],
  providers: [ListConsumersHandler, SettleConsumerHandler],
})
export class ConsumersModule {}
