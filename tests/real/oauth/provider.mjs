// A real OpenID provider on 127.0.0.1, with the apps the tests need and a person who answers by herself:
// she allows everything but to the app "till-denied". Says its port on standard output, and ends with its input.
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const device = 'urn:ietf:params:oauth:grant-type:device_code';
const app = (client_id, more) => ({
  client_id,
  application_type: 'native',
  grant_types: ['authorization_code', 'refresh_token', device],
  response_types: ['code'],
  redirect_uris: ['http://localhost', 'http://127.0.0.1'],
  token_endpoint_auth_method: 'none',
  ...more,
});
const secret = { token_endpoint_auth_method: 'client_secret_post', client_secret: 'client-horse' };

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      app('till'),
      app('till-denied'),
      app('till-with-secret', secret),
      app('till-expired', { ...secret, client_secret_expires_at: 1 }),
    ],
    scopes: ['openid', 'offline_access', 'email', 'profile', 'https://outlook.office.com/SMTP.Send', 'https://mail.google.com/'],
    claims: { openid: ['sub'], email: ['email'], profile: ['preferred_username'] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: async () => true,
    features: {
      devInteractions: { enabled: false },
      deviceFlow: { enabled: true },
      revocation: { enabled: true },
      userinfo: { enabled: true },
    },
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, email: sub, preferred_username: sub }) }),
    interactions: { url: (_, interaction) => `/person/${interaction.uid}` },
    cookies: { keys: ['test'] },
  });
  const handle = provider.callback();

  async function person(request, response) {
    const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
    const answer = (result) => provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
    if (prompt.name === 'login') {
      return answer({ login: { accountId: params.login_hint ?? 'shop@till.example' } });
    }
    if (params.client_id === 'till-denied') {
      return answer({ error: 'access_denied', error_description: 'She said no.' });
    }
    const grant = grantId
      ? await provider.Grant.find(grantId)
      : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
    grant.addOIDCScope(params.scope);
    return answer({ consent: { grantId: await grant.save() } });
  }

  server.on('request', (request, response) => {
    if (!request.url.startsWith('/person/')) return handle(request, response);
    return person(request, response).catch((error) => response.writeHead(500).end(String(error)));
  });
  console.log(JSON.stringify({ issuer }));
});
process.stdin.resume().on('end', () => process.exit(0));
