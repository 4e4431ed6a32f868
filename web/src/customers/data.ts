/** Calls about customers and leads. */
import { api, take } from "@/api/client";
import type { Customer, Lead, LeadStage } from "@/api/types";

export type CustomerChange = { name?: string; phone?: string; email?: string; note?: string };
export type LeadChange = { title?: string; stage?: LeadStage; responsible_id?: number };

export async function patchCustomer(id: number, body: CustomerChange): Promise<Customer> {
  return (await take(api.PATCH("/api/customers/{id}", { params: { path: { id } }, body }))).customer;
}

export async function patchLead(id: number, body: LeadChange): Promise<Lead> {
  return (await take(api.PATCH("/api/leads/{id}", { params: { path: { id } }, body }))).lead;
}
