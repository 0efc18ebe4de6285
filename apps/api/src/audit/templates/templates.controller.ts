import { Controller, Get, Param } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { ApiRoute } from '../../http/api-route.js';
import { GetAuditTemplate } from './get-audit-template.handler.js';
import { ListHostTemplates } from './list-host-templates.handler.js';
import { AuditTemplateSchema, HostTemplatesSchema } from './template.schema.js';

/** What utility VMs are cloned from, for operators by host and for auditors by template. */
@Controller('v1')
export class TemplatesController {
  constructor(private readonly queries: QueryBus) {}

  @Get('hosts/:id/templates')
  @ApiTags('hosts')
  @ApiRoute({
    summary: "Read a host's templates of utility VMs",
    scopes: ['platform:admin'],
    status: 200,
    answers: HostTemplatesSchema,
    answerDescription: 'Those of its present boot, as the log has them now.',
    problems: [404],
  })
  listHostTemplates(@Param('id') id: string) {
    return this.queries.execute(new ListHostTemplates(id));
  }

  @Get('audit/templates/:id')
  @ApiTags('audit')
  @ApiRoute({
    summary: 'Read a template, and who shared its pages when',
    description: 'From the record of each start to the record of its release.',
    scopes: ['audit:read'],
    status: 200,
    answers: AuditTemplateSchema,
    answerDescription: 'Folded from everything that was recorded since it was requested.',
    problems: [404],
  })
  getAuditTemplate(@Param('id') id: string) {
    return this.queries.execute(new GetAuditTemplate(id));
  }
}
