import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { AuthModule } from '../auth/auth.module.js';
import { CredentialsController } from './credentials.controller.js';
import { IssueTenantCredentialHandler } from './issue-tenant-credential.handler.js';
import { ListCredentialsHandler } from './list-credentials.handler.js';
import { RevokeCredentialHandler } from './revoke-credential.handler.js';

@Module({
  imports: [CqrsModule, AuthModule],
  controllers: [CredentialsController],
  providers: [IssueTenantCredentialHandler, RevokeCredentialHandler, ListCredentialsHandler],
})
export class CredentialsModule {}
