using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Http.Guard;
using McpWorkers.Http.Metrics;
using Microsoft.AspNetCore.Http;

namespace McpWorkers.Http.Rest;

/// <summary>Finds the route of a request, asks for its scope, and tells refusals as problem details.</summary>
internal sealed class Router(IReadOnlyList<Route> routes)
{
    public IReadOnlyList<Route> Routes { get; } = routes;

    public async Task HandleAsync(HttpContext context)
    {
        string[] path = (context.Request.Path.Value ?? "").Split('/');
        var here = Routes.Select(route => (Route: route, Path: route.Match(path))).Where(each => each.Path is not null).ToList();
        if (here.Count == 0)
        {
            await Refusal.WriteAsync(context, 404, $"There is nothing at this address. {OpenApiRoute.Address} says what there is; MCP is at {HttpDoor.McpPath}.");
            return;
        }

        // A fixed address goes before one that has a name in it: it is entered first.
        var (route, values) = here.FirstOrDefault(each => each.Route.Method == context.Request.Method);
        if (route is null)
        {
            context.Response.Headers.Allow = string.Join(", ", here.Select(each => each.Route.Method).Distinct());
            await Refusal.WriteAsync(context, 405, $"{context.Request.Method} is not allowed here; allowed is {context.Response.Headers.Allow}.");
            return;
        }

        RequestMeter.Note(context, route.Template);
        if (route.Scope is { } scope && !await Refusal.AllowsAsync(context, scope, $"{route.Method} {route.Template}"))
        {
            return;
        }

        await HandleAsync(new RouteCall(context, route, values!));
    }

    private static async Task HandleAsync(RouteCall call)
    {
        try
        {
            CheckQuery(call);
            if (call.Route.Method == "POST" && call.Context.Request.ContentLength is not 0 && !HttpBody.IsJson(call.Context.Request))
            {
                await Refusal.WriteAsync(call.Context, 415, "The header Content-Type must be application/json.");
                return;
            }

            await call.Route.Handle(call);
        }
        catch (RefusedException refused) when (!call.Context.Response.HasStarted)
        {
            await Refusals.WriteAsync(call.Context, refused.Code, refused.Message);
        }
        catch (StoreException e) when (!call.Context.Response.HasStarted)
        {
            await Refusals.WriteAsync(call.Context, RefusalCode.StoreUnavailable, e.Message);
        }
    }

    /// <summary>A name that we do not know would be left out in silence, and the answer be one to another question.</summary>
    private static void CheckQuery(RouteCall call)
    {
        var known = call.Route.Query.Select(parameter => parameter.Name).ToList();
        if (call.Context.Request.Query.Keys.FirstOrDefault(name => !known.Contains(name)) is { } unknown)
        {
            throw new RefusedException(
                RefusalCode.InvalidArgument,
                known.Count == 0
                    ? $"The query parameter '{unknown}' is not known; there are none here."
                    : $"The query parameter '{unknown}' is not known; known are {string.Join(", ", known)}.");
        }
    }
}
