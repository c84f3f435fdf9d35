// An OpenID Connect provider for the tests: public client, code with PKCE, refresh tokens that rotate, its own pages for
// signing in. Arguments: issuer, redirect address, client id, secret of the access tokens, seconds a token lives.
import { createServer } from 'node:http'
import Provider from 'oidc-provider'

const [issuer, back, client, secret, life] = process.argv.slice(2)
const scopes = 'customers:read pii:read'
const api = 'urn:kith'
const provider = new Provider(issuer, {
  clients: [{ client_id: client, redirect_uris: [back], token_endpoint_auth_method: 'none', grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'] }],
  cookies: { keys: ['of no importance here'] },
  scopes: ['openid', 'offline_access', ...scopes.split(' ')],
  pkce: { required: () => true },
  clientBasedCORS: () => true,
  ttl: { AccessToken: Number(life), RefreshToken: 3600, Session: 3600, Grant: 3600, Interaction: 3600, IdToken: 3600 },
  issueRefreshToken: async () => true,
  features: {
    devInteractions: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => api,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({ scope: scopes, audience: api, accessTokenFormat: 'jwt', accessTokenTTL: Number(life), jwt: { sign: { alg: 'HS256', key: Buffer.from(secret) } } }),
    },
  },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
})
const server = createServer(provider.callback()).listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`))
