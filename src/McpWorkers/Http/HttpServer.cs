using McpWorkers.Engine.Model;
using McpWorkers.Http.Guard;
using McpWorkers.Http.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using BadHttpRequestException = Microsoft.AspNetCore.Http.BadHttpRequestException;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace McpWorkers.Http;

/// <summary>Kestrel with its bounds and the guard before whatever is served; what that is, it does not know.</summary>
internal sealed class HttpServer : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly HttpOptions _options;

    private HttpServer(WebApplication application, HttpOptions options, string url)
    {
        _application = application;
        _options = options;
        Url = url;
    }

    /// <summary>Where it listens, such as <c>http://127.0.0.1:7433</c>; the port is the one it got.</summary>
    public string Url { get; }

    /// <param name="guard">Null where nothing is guarded but by the bounds, as in tests.</param>
    /// <param name="meter">Counts what was answered; null for nobody.</param>
    /// <exception cref="RefusedException">The address or the certificate is no good, or the port is taken.</exception>
    public static async Task<HttpServer> StartAsync(
        HttpSettings settings, HttpOptions options, RequestGuard? guard, RequestDelegate serve, TextWriter log, CancellationToken cancellationToken,
        RequestMeter? meter = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        // The usual one takes the signals of the process, which belong to the daemon.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.StopGrace);
        builder.WebHost.UseKestrelCore();
        if (settings.Certificate is not null)
        {
            builder.WebHost.UseKestrelHttpsConfiguration();
        }

        var addresses = ListenAddress.Of(settings);
        var certificate = TlsCertificate.Load(settings);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            Bound(kestrel, settings, options);
            void Use(ListenOptions listen)
            {
                if (certificate is not null)
                {
                    listen.UseHttps(certificate.Leaf, https => https.ServerCertificateChain = certificate.Chain);
                }
            }

            if (addresses is null)
            {
                kestrel.ListenLocalhost(settings.Port, Use);
            }
            else
            {
                kestrel.Listen(addresses, settings.Port, Use);
            }
        });

        var application = builder.Build();
        application.Run(meter is null ? Serve : context => CountedAsync(context, meter, options.Time, Serve));
        Task Serve(HttpContext context) => ServeAsync(context, guard, serve, options, log);

        try
        {
            await application.StartAsync(cancellationToken);
        }
        catch (IOException e)
        {
            await application.DisposeAsync();
            throw new RefusedException(
                RefusalCode.AlreadyOwned,
                $"{settings.Address}:{settings.Port} cannot be listened on: {e.Message} Choose another port (setting http.port), or end whoever has it.");
        }

        string url = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new(application, options, url);
    }

    public async ValueTask DisposeAsync()
    {
        using var grace = new CancellationTokenSource(_options.StopGrace);
        await _application.StopAsync(grace.Token);
        await _application.DisposeAsync();
    }

    private static void Bound(KestrelServerOptions kestrel, HttpSettings settings, HttpOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = settings.RequestBytesMax;
        kestrel.Limits.MaxConcurrentConnections = options.ConnectionsMax;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        // A stream's reader may rest for a while; those who rest too long are ended where the stream is written.
        kestrel.Limits.MinResponseDataRate = null;
    }

    private static async Task CountedAsync(HttpContext context, RequestMeter meter, TimeProvider time, RequestDelegate serve)
    {
        long begun = time.GetTimestamp();
        await serve(context);
        meter.Count(context, time.GetElapsedTime(begun));
    }

    private static async Task ServeAsync(HttpContext context, RequestGuard? guard, RequestDelegate serve, HttpOptions options, TextWriter log)
    {
        long begun = options.Time.GetTimestamp();
        try
        {
            await (guard is null ? serve(context) : guard.InvokeAsync(context, serve));
        }
        catch (BadHttpRequestException e) when (!context.Response.HasStarted)
        {
            await Refusal.WriteAsync(
                context, e.StatusCode,
                e.StatusCode == StatusCodes.Status413PayloadTooLarge
                    ? "The request's body is longer than is taken (setting http.request_bytes_max)."
                    : e.Message);
        }
        catch (Exception e) when (context.RequestAborted.IsCancellationRequested && e is OperationCanceledException or IOException)
        {
            // Nobody is there to be told.
        }
#pragma warning disable CA1031 // The edge: whatever went wrong, the client gets an answer and the operator the whole of it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            // The path only: a query or a header may hold what is nobody's business.
            await log.WriteLineAsync($"mcpworkers: {context.Request.Method} {context.Request.Path} failed: {e}");
            if (context.Response.HasStarted)
            {
                context.Abort();
                return;
            }

            await Refusal.WriteAsync(context, 500, $"An internal fault of the server ({e.GetType().Name}); its log says more.");
        }
        finally
        {
            options.Served?.Invoke(new(context.Request.Method, context.Request.Path.ToString(), context.Response.StatusCode, options.Time.GetElapsedTime(begun)));
        }
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
